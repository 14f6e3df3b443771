import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await visitor(testApp, 'Ada')
const bob = await visitor(testApp, 'Bob')
const eve = await visitor(testApp, 'Eve')

const named = (names: string, fields = {}) => createPoll(ada, { roll: names, ...fields })

test('only people on the voter list vote, and the last of them closes the poll', async () => {
  const poll = await named('Ada\r\n\r\n  bob \r\n')
  expect(textOf(ada, '#standing .total')).toBe('0 of 2 votes')
  expect(textOf(ada, '#how-to-vote')).toContain('Only people on the voter list can vote.')
  await eve.get(poll.path)
  expect((await eve.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })).statusCode).toBe(403)
  expect(textOf(eve, '#vote [role=alert]')).toContain('Eve is not on it. Ask the creator to add you.')
  for (const voter of [ada, bob]) {
    await voter.get(poll.path)
    await voter.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
    await voter.follow()
  }
  expect(textOf(bob, '#standing')).toContain('Winner: Tres Bones')
  expect(textsOf(bob, '#event-list li')[0]).toContain('Ada closed the poll as all had voted')
})

test('only the creator sees the list, with who has voted', async () => {
  const poll = await named('Ada\nBob Roe')
  await ada.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  await ada.follow()
  expect(textsOf(ada, '.roll li')).toEqual(['Ada Voted', 'Bob Roe'])
  await bob.get(poll.path)
  expect(bob.page?.body).not.toContain('Bob Roe')
})

test('the list of an anonymous poll does not show who has voted', async () => {
  const poll = await named('Ada\nBob\nEve', { anonymous: 'on' })
  const receipt = page(ada).querySelector('#ballot input[name=receipt]')?.getAttribute('value') ?? ''
  await ada.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '', receipt })
  await ada.follow()
  expect(textsOf(ada, '.roll li')).toEqual(['Ada', 'Bob', 'Eve'])
})

test.each([
  ['Ada\nADA ', '#roll-error', 'ADA is on the list twice. Remove one.'],
  [`Ada\n${'x'.repeat(255)}`, '#roll-error', 'Name 2 on the list is too long'],
  [`Ada\n${'x'.repeat(255)}\nADA`, '#roll-error', 'of at most 254. ADA is on the list twice. Remove one.'],
  ['Ada\n'.repeat(13), '#roll-error', 'Ada is on the list twice. Remove one. And 2 more.'],
  [Array.from({ length: 201 }, (_, index) => `Voter ${index}`).join('\n'), '#roll-error', 'at most 200 people'],
])('errors of the list appear next to it, and it comes back as typed: %#', async (roll, place, message) => {
  await ada.get('/polls/new')
  const fields = { title: 'Who?', options: ['Yes', 'No'], roll }
  expect((await ada.post('/polls', fields)).statusCode).toBe(422)
  expect(textOf(ada, place)).toContain(message)
  expect(page(ada).querySelector('#roll')?.textContent).toBe(roll)
  expect(page(ada).querySelector('#rules')?.hasAttribute('open')).toBe(true)
})

test('a list sets the number of voters, whatever the hidden field says', async () => {
  const { id } = await createPoll(ada, { roll: 'Ada\nBob', electorate: '3' })
  expect((await testApp.services.polls.view(id)).poll.electorate).toBe(2)
})

const flowdock = { FLOWDOCK_API_URL: 'http://127.0.0.1:9', FLOWDOCK_CLIENT_ID: 'us', FLOWDOCK_CLIENT_SECRET: 'secret' }

describe('several names on a line', () => {
  const form = { title: 'Who?', options: ['Yes', 'No'], roll: 'Ada, "Roe, Bob"; Eve <eve@example.org>' }

  test('are shown as read before the poll is created', async () => {
    await ada.get('/polls/new')
    const { statusCode } = await ada.post('/polls', form)
    expect([statusCode, textsOf(ada, '.check-voters li')]).toEqual([200, ['Ada', 'Roe, Bob', 'Eve']])
    expect(page(ada).querySelector('#roll')?.textContent).toBe(form.roll)
    await ada.post('/polls', { ...form, ...checked() })
    await ada.follow()
    expect(textsOf(ada, '.roll li')).toEqual(['Ada', 'Roe, Bob', 'Eve'])
  })

  test('are shown again after another correction', async () => {
    await ada.get('/polls/new')
    await ada.post('/polls', form)
    await ada.post('/polls', { ...form, roll: `${form.roll}; Cem`, ...checked() })
    expect(textsOf(ada, '.check-voters li')).toEqual(['Ada', 'Roe, Bob', 'Eve', 'Cem'])
  })

  test('are shown with their addresses if people can sign in', async () => {
    const withChat = await openTestApp({ env: flowdock })
    const ann = await visitor(withChat, 'Ann')
    await ann.get('/polls/new')
    await ann.post('/polls', form)
    expect(textsOf(ann, '.check-voters li')).toEqual(['Ada', 'Roe, Bob', 'Eve eve@example.org'])
    await withChat.close()
  })
})

test('without a chat, an address without a name is refused next to the list', async () => {
  await ada.get('/polls/new')
  const { statusCode } = await ada.post('/polls', {
    title: 'Who?',
    options: ['Yes', 'No'],
    roll: 'Ada\nbob@example.org',
  })
  expect([statusCode, textOf(ada, '#roll-error')]).toEqual([422, expect.stringContaining('as bob@example.org')])
})

test('the creator corrects the list of an open poll, and the page says what that changes', async () => {
  const poll = await named('Ada\nBob')
  await bob.get(poll.path)
  await bob.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  await ada.get(`${poll.path}/voters`)
  expect(page(ada).querySelector('#roll')?.textContent).toBe('Ada\nBob')
  expect(textOf(ada, 'main')).toContain('that vote no longer counts')
  const { shown } = form()
  await ada.post(`${poll.path}/voters`, { shown, roll: 'Ada, Eve' })
  expect(textsOf(ada, '.check-voters li')).toEqual(['Ada', 'Eve'])
  expect(form()).toEqual({ shown, roll: 'Ada, Eve' })
  await ada.post(`${poll.path}/voters`, { ...form(), ...checked() })
  await ada.follow()
  expect(textsOf(ada, '.roll li')).toEqual(['Ada', 'Eve'])
  expect(textOf(ada, '#standing .total')).toBe('0 of 2 votes')
  expect(textsOf(ada, '#event-list li')[0]).toContain(
    'Ada changed the voter list: 2 people can vote. Votes that no longer count: 1',
  )
  await bob.get(poll.path)
  expect((await bob.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })).statusCode).toBe(403)
})

test.each([
  ['', 422, 'Name at least one person.'],
  ['Ada\nAda', 422, 'Ada is on the list twice. Remove one.'],
])('the invalid list (%j) is refused next to the field', async (roll, status, message) => {
  const poll = await named('Ada\nBob')
  await ada.get(`${poll.path}/voters`)
  expect((await ada.post(`${poll.path}/voters`, { roll })).statusCode).toBe(status)
  expect(textOf(ada, '#roll-error')).toBe(message)
})

describe('a list that changed while its form was open', () => {
  test('keeps the saved changes, with their votes, and says so', async () => {
    const poll = await named('Ada\nBob')
    await ada.get(`${poll.path}/voters`)
    const { shown, roll } = form()
    await addElsewhere(poll, 'Eve')
    await eve.get(poll.path)
    await eve.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
    await ada.post(`${poll.path}/voters`, { shown, roll: `${roll}, Cem` })
    expect(textsOf(ada, '.check-voters li')).toEqual(['Ada', 'Bob', 'Cem'])
    await ada.post(`${poll.path}/voters`, { ...form(), ...checked() })
    await ada.follow()
    expect(textOf(ada, '.done')).toContain('also changed elsewhere')
    expect(textsOf(ada, '.roll li')).toEqual(['Ada', 'Bob', 'Cem', 'Eve Voted'])
    expect(textOf(ada, '#standing .total')).toBe('1 of 4 votes')
  })

  test('keeps typed text and the shown values after a refusal', async () => {
    const poll = await named('Ada\nBob')
    await ada.get(`${poll.path}/voters`)
    const { shown } = form()
    await addElsewhere(poll, 'Eve')
    expect((await ada.post(`${poll.path}/voters`, { shown, roll: 'Cem\nCem' })).statusCode).toBe(422)
    expect(form()).toEqual({ shown, roll: 'Cem\nCem' })
    await ada.post(`${poll.path}/voters`, { ...form(), roll: 'Cem' })
    await ada.follow()
    expect(textsOf(ada, '.roll li')).toEqual(['Cem', 'Eve'])
  })

  /** Changes the list as another tab does. */
  async function addElsewhere(poll: PagePoll, name: string) {
    await ada.get(`${poll.path}/voters`)
    const { shown, roll } = form()
    expect((await ada.post(`${poll.path}/voters`, { shown, roll: `${roll}\n${name}` })).statusCode).toBe(303)
  }
})

test('an unchanged form changes nothing: names are quoted if necessary', async () => {
  const names = ['Lee, Ann', '- Bob', 'Cem "the boss, really', 'Ada']
  const poll = await named('"Lee, Ann"\n"- Bob"\n"Cem ""the boss, really"\nAda')
  expect(textsOf(ada, '.roll li')).toEqual(names)
  await ada.get(`${poll.path}/voters`)
  expect((await ada.post(`${poll.path}/voters`, form())).statusCode).toBe(303)
  await ada.follow()
  expect(textsOf(ada, '.roll li')).toEqual(names)
  expect(page(ada).querySelector('.done')).toBeNull()
  expect(textsOf(ada, '#event-list li')).toHaveLength(1)
})

test('the longest list of a new poll can be corrected', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `${'Ж'.repeat(40)} ${index}`)
  const poll = await named(names.join('\n'))
  await ada.get(`${poll.path}/voters`)
  expect((await ada.post(`${poll.path}/voters`, form())).statusCode).toBe(303)
})

test('an older address is not silently lost while people cannot sign in', async () => {
  const poll = await named('Ada\nBob')
  await testApp.database.prisma.rollEntry.updateMany({
    where: { pollId: poll.id, key: 'bob' },
    data: { key: 'bob@example.org', name: 'Bob <bob@example.org>' },
  })
  await ada.get(`${poll.path}/voters`)
  expect((await ada.post(`${poll.path}/voters`, form())).statusCode).toBe(422)
  expect(textOf(ada, '#roll-error')).toContain('Nobody could vote as Bob <bob@example.org>')
})

test('nobody else sees or corrects the list', async () => {
  const poll = await named('Ada\nBob')
  expect((await bob.get(`${poll.path}/voters`)).statusCode).toBe(403)
  expect((await bob.post(`${poll.path}/voters`, { roll: 'Bob' })).statusCode).toBe(403)
})

/** The fields of the page's form, unchanged. */
function form() {
  const shown = page(ada).querySelectorAll('[name=shown]')
  const roll = page(ada).querySelector('#roll')?.textContent ?? ''
  return { shown: shown.map((field) => field.getAttribute('value') ?? ''), roll }
}

/** The text of the page that shows the list. */
function checked() {
  return { checkedRoll: page(ada).querySelector('[name=checkedRoll]')?.getAttribute('value') ?? '' }
}
