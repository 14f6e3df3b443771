import { expect, test } from 'vitest'
import { newPollId } from '../../src/polls/model/ids.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { creation } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

const good = {
  title: 'Where to eat?',
  description: 'Near the office',
  category: 'Food',
  options: ['A', 'B'],
  optionsOpen: 'on',
  closesAt: '2026-12-24T18:00',
  timeZone: 'UTC',
}

async function create(fields: Record<string, string | string[]>) {
  await ann.get('/polls/new')
  return ann.post('/polls', { ...good, ...fields })
}

const typedOptions = () =>
  page(ann)
    .querySelectorAll('[name=options]')
    .map((input) => input.getAttribute('value'))

const typedIn = (name: string) => page(ann).querySelector(`[name=${name}]`)?.getAttribute('value')

test('a poll is created and shown at a readable address', async () => {
  const { statusCode, headers } = await create({ title: 'Where to eat — déjà vu?' })
  expect(statusCode).toBe(303)
  expect(headers.location).toMatch(/^\/polls\/where-to-eat-deja-vu-[a-z2-9]{16}#share$/)
  await ann.follow()
  expect(textOf(ann, 'h1')).toBe('Where to eat — déjà vu?')
  expect(textsOf(ann, '.option-title')).toEqual(['A', 'B'])
})

test('empty rows are no options', async () => {
  await create({ options: ['', 'A', '  ', 'B', ''] })
  await ann.follow()
  expect(textsOf(ann, '.option-title')).toEqual(['A', 'B'])
})

test.each([
  ['title', { title: 'ab' }, '#title-error', 'The question is too short: it has 2 of at least 3 characters.'],
  ['title', { title: '' }, '#title-error', 'The question is missing: give it 3 to 200 characters.'],
  [
    'title',
    { title: 'x'.repeat(201) },
    '#title-error',
    'The question is too long: it has 201 characters of at most 200.',
  ],
  [
    'description',
    { description: 'x'.repeat(5001) },
    '#description-error',
    'The description is too long: it has 5001 characters of at most 5000.',
  ],
  [
    'category',
    { category: 'x'.repeat(41) },
    '#category-error',
    'The category is too long: it has 41 characters of at most 40.',
  ],
  [
    'closing time',
    { closesAt: 'tomorrow' },
    '#closes-error',
    'Write the closing time as a date and a time, as in 2026-12-24 18:00.',
  ],
  [
    'closing time',
    { closesAt: '2026-03-14T10:00', timeZone: 'Europe/Berlin' },
    '#closes-error',
    'The closing time is in the past. Choose a later one, or none.',
  ],
  ['options', { options: ['Only one'] }, 'fieldset > .error', 'A poll needs at least 2 options.'],
  ['options', { options: ['A', 'B', ' a '] }, '#option-error-2', 'This is the same as option 1.'],
  [
    'options',
    { options: ['A', 'y'.repeat(201)] },
    '#option-error-1',
    'An option is too long: it has 201 characters of at most 200.',
  ],
  [
    'options',
    { options: Array.from({ length: 51 }, (_, n) => `O${n}`) },
    'fieldset > .error',
    'A poll holds at most 50 options.',
  ],
])('an invalid %s comes back with the error next to it, and all typed text', async (_field, fields, place, message) => {
  const { statusCode } = await create(fields)
  expect(statusCode).toBe(422)
  expect(textOf(ann, place)).toBe(message)
  const typed = { ...good, ...fields }
  expect(page(ann).querySelector('#title')?.getAttribute('value')).toBe(typed.title)
  expect(page(ann).querySelector('#description')?.textContent).toBe(typed.description)
  expect(page(ann).querySelector('#category')?.getAttribute('value')).toBe(typed.category)
  expect(typedOptions().slice(0, typed.options.length)).toEqual(typed.options)
  const { closesAt = '', timeZone = '' }: Record<string, string | string[]> = typed
  const zone = page(ann).querySelector('#timeZone [selected]')?.getAttribute('value')
  expect([typedIn('closesAt'), zone]).toEqual([closesAt, timeZone])
})

test('everything that is wrong is shown at once, before a newcomer is asked for a name', async () => {
  const newcomer = testApp.browser()
  await newcomer.get('/polls/new')
  const { statusCode } = await newcomer.post('/polls', {
    title: 'x',
    options: ['A', ' a '],
    closesAt: '2025-01-01T00:00',
    timeZone: 'UTC',
    quorum: 'few',
    electorate: '2',
    anonymous: 'on',
    votersSignedIn: 'on',
    category: 'x'.repeat(41),
  })
  expect(statusCode).toBe(422)
  expect(textOf(newcomer, '.error-summary')).toContain('7 things need correcting')
  const wrong = ['#title-error', '#option-error-1', '#closes-error', '#quorum-error', '#electorate-error']
  for (const error of [...wrong, '#voters-error', '#category-error'])
    expect(textOf(newcomer, error), error).not.toBe('')
  expect(textOf(newcomer, 'title')).toMatch(/^Error: New poll/)
})

const chosenPreset = () => page(ann).querySelector('[name=preset][checked]')?.getAttribute('value')

test.each([
  [
    { preset: 'ranked', method: 'single_choice' },
    { method: 'ranked', anonymous: false },
  ],
  [
    { preset: 'anonymous', method: 'score' },
    { method: 'score', anonymous: true, resultsVisible: 'after_closing' },
  ],
  [
    { preset: 'multiple_choice', method: 'single_choice', maxChoices: '2' },
    { method: 'multiple_choice', maxChoices: 2 },
  ],
  // What was typed for another preset stays in the form, and does not count.
  [
    { preset: 'score', maxChoices: '2', capacity: 'few', resultsVisible: 'after_voting', day: '2026-12-24' },
    { method: 'score', maxChoices: null, capacity: null, resultsVisible: 'after_voting' },
  ],
  [
    { preset: 'anonymous', method: 'single_choice', capacity: '3', resultsVisible: 'always' },
    { anonymous: true, capacity: null, resultsVisible: 'after_closing' },
  ],
  [
    { preset: 'dates', datesZone: 'Asia/Tokyo', day: ['2026-12-24', '2026-12-25'], from: ['18:00', ''], to: ['', ''] },
    { method: 'dates', timeZone: 'Asia/Tokyo', closesAt: new Date('2026-12-24T09:00Z') },
  ],
])('a preset chooses how people vote, and which rules count: %j', async (fields, rules) => {
  const { statusCode } = await create({ lastDay: ['', ''], ...fields } as Record<string, string | string[]>)
  expect(statusCode).toBe(303)
  await ann.follow()
  expect((await testApp.services.polls.view(ann.path.slice(-16))).poll).toMatchObject(rules)
})

test('a refused form keeps the preset, and the options and dates of others', async () => {
  const fields = { title: 'x', options: ['A', '', 'B'], day: ['2026-12-24', 'soon'], datesZone: 'Asia/Tokyo' }
  for (const preset of ['dates', 'ranked']) {
    expect((await create({ ...fields, preset })).statusCode).toBe(422)
    expect(chosenPreset()).toBe(preset)
    expect(typedOptions().slice(0, 2)).toEqual(['A', 'B'])
    const days = page(ann).querySelectorAll('[name=day]')
    expect(days.slice(0, 2).map((input) => input.getAttribute('value'))).toEqual(['2026-12-24', 'soon'])
  }
  expect(textOf(ann, '#option-error-1')).toBe('')
})

test('an unknown preset is refused', async () => {
  expect((await create({ preset: 'coin_toss' })).statusCode).toBe(422)
  expect(textOf(ann, '#method-error')).toContain('Choose single_choice')
})

test('the poll shows its category, and the next form suggests it', async () => {
  const category = '<b>Déjà</b> "vu" & more'
  await create({ category })
  await ann.follow()
  const chip = page(ann).querySelector('#head .category')
  expect([chip?.textContent, chip?.getAttribute('href')]).toEqual([category, `/?${new URLSearchParams({ category })}`])
  await ann.get('/polls/new')
  const suggested = page(ann)
    .querySelectorAll('#categories option')
    .map((option) => option.getAttribute('value'))
  expect(suggested).toContain(category)
})

test('a closing time uses the zone chosen with it', async () => {
  for (const [timeZone, iso] of [
    ['UTC', '2026-03-14T18:00:00.000Z'],
    ['Asia/Kolkata', '2026-03-14T12:30:00.000Z'],
    ['America/New_York', '2026-03-14T22:00:00.000Z'],
  ] as const) {
    await create({ closesAt: '2026-03-14T18:00', timeZone })
    await ann.follow()
    expect(page(ann).querySelector('#head .closes time')?.getAttribute('datetime')).toBe(iso)
  }
  expect(textOf(ann, '#head .closes')).toBe('Closes in 13 hours · Saturday, 14 March 2026 at 18:00 GMT-4')
})

test('a closing time without a zone asks for one, and keeps the typed text', async () => {
  expect((await create({ timeZone: '' })).statusCode).toBe(422)
  expect(textOf(ann, '#zone-error')).toBe('Choose a time zone.')
  expect(typedIn('closesAt')).toBe(good.closesAt)
})

test('a closing time that clocks skip is never earlier than meant', async () => {
  await create({ closesAt: '2027-03-28T02:30', timeZone: 'Europe/Berlin' })
  await ann.follow()
  expect(page(ann).querySelector('#head .closes time')?.getAttribute('datetime')).toBe('2027-03-28T01:30:00.000Z')
})

const chosenZone = () => page(ann).querySelector('#timeZone [selected]')?.getAttribute('value')

test('an unchanged closing time stays the same, to the second', async () => {
  const poll = await createPoll(ann, { closesAt: '2026-03-14 18:00:30', timeZone: 'Asia/Calcutta' })
  await ann.get(`${poll.path}/edit`)
  expect([typedIn('closesAt'), chosenZone()]).toEqual(['2026-03-14T18:00', 'Asia/Calcutta'])
  const fields = { title: 'Where to eat lunch?', description: 'New', optionsOpen: 'on' }
  await ann.post(`${poll.path}/edit`, { ...fields, closesAt: '2026-03-14T18:00', timeZone: 'Asia/Calcutta' })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe('Ann changed the description')
  await ann.get(`${poll.path}/edit`)
  await ann.post(`${poll.path}/edit`, { ...fields, closesAt: '' })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe('Ann removed the closing time')
})

test('in another zone, a closing time keeps its clock time', async () => {
  const { id, path } = await createPoll(ann, { closesAt: '2026-03-14T18:00', timeZone: 'UTC' })
  await ann.get(`${path}/edit`)
  const fields = { title: 'Where to eat lunch?', description: '', optionsOpen: 'on' }
  await ann.post(`${path}/edit`, { ...fields, closesAt: '2026-03-14T18:00', timeZone: 'America/New_York' })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe(
    'Ann changed the time zone from UTC to America/New_York and set the closing time to ' +
      'Saturday, 14 March 2026 at 18:00 GMT-4',
  )
  const { poll } = await testApp.services.polls.view(id)
  expect([poll.closesAt?.toISOString(), poll.timeZone]).toEqual(['2026-03-14T22:00:00.000Z', 'America/New_York'])
})

test('the activity mentions a first zone that changes no time', async () => {
  const { id: other } = await createPoll(ann)
  const by = (await testApp.services.polls.view(other)).poll.createdBy
  const id = newPollId()
  const closesAt = new Date('2026-03-14T18:00Z')
  const { poll } = await testApp.services.ballotBox.submit({ pollId: id, command: creation(by, { closesAt }) })
  await ann.get(`/polls/${id}/edit`)
  const fields = { title: poll.title, description: '', optionsOpen: 'on', closesAt: '2026-03-14T18:00' }
  await ann.post(`/polls/${id}/edit`, { ...fields, timeZone: 'Africa/Abidjan' })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe('Ann set the time zone to Africa/Abidjan')
})

const zoneOf = async (id: string) => (await testApp.services.polls.view(id)).poll.timeZone
const unchanged = { title: 'Where to eat lunch?', description: '', optionsOpen: 'on' }

test.each([
  ['Europe/Kyiv', 'Europe/Kyiv'],
  ['', null],
  // Nobody has to correct a zone that no time needs.
  ['Mars/Olympus', null],
])('a poll without times has the zone %j of its form', async (timeZone, kept) => {
  const { id, path } = await createPoll(ann, { closesAt: '', timeZone })
  expect(await zoneOf(id)).toBe(kept)
  await ann.get(`${path}/edit`)
  expect(chosenZone()).toBe(kept ?? undefined)
})

test('a poll without a zone gets one only with a closing time', async () => {
  const { id, path } = await createPoll(ann, { closesAt: '', timeZone: '' })
  await ann.get(`${path}/edit`)
  // The script of the form selects the browser's zone.
  await ann.post(`${path}/edit`, { ...unchanged, description: 'New', closesAt: '', timeZone: 'Europe/Kyiv' })
  expect(await zoneOf(id)).toBeNull()
  await ann.get(`${path}/edit`)
  const closing = { closesAt: '2026-03-14T18:00', timeZone: 'Europe/Kyiv' }
  await ann.post(`${path}/edit`, { ...unchanged, description: 'New', ...closing })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe('Ann set the closing time to Saturday, 14 March 2026 at 18:00 EET')
  expect(await zoneOf(id)).toBe('Europe/Kyiv')
})

test('the zone of a poll without times is changed only on purpose, and read by people who download', async () => {
  const { id, path, options } = await createPoll(ann, { closesAt: '', timeZone: 'Europe/Kyiv' })
  await ann.get(`${path}/edit`)
  await ann.post(`${path}/edit`, { ...unchanged, description: 'New', closesAt: '', timeZone: 'Europe/Kyiv' })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe('Ann changed the description')
  await ann.get(`${path}/edit`)
  await ann.post(`${path}/edit`, { ...unchanged, description: 'New', closesAt: '', timeZone: 'Asia/Tokyo' })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe('Ann changed the time zone from Europe/Kyiv to Asia/Tokyo')
  await ann.post(`${path}/ballot`, { choice: options[0] ?? '' })
  const { body } = await ann.get(`/api/polls/${id}/ballots.csv`)
  expect(body).toContain('voted_at (Asia/Tokyo)')
})

test.each([
  [{ closesAt: '' }, undefined],
  [{ closesAt: '2026-03-14T18:00' }, 'Europe/Kyiv'],
  [{ preset: 'dates', day: ['2027-12-24', '2027-12-25'], from: '', to: '', lastDay: '' }, undefined],
  [{ preset: 'dates', day: ['2027-12-24', '2027-12-25'], from: ['18:00', ''], to: '', lastDay: '' }, 'Europe/Kyiv'],
])('a poll that is used again copies the zone only with times: %j', async (fields, zone) => {
  const { path } = await createPoll(ann, { timeZone: 'Europe/Kyiv', ...fields } as Record<string, string | string[]>)
  await ann.get(`${path}/again`)
  const chosen = ['#timeZone', '#datesZone'].map((id) =>
    page(ann).querySelector(`${id} [selected]`)?.getAttribute('value'),
  )
  expect(chosen).toEqual([zone, zone])
})

test('a past closing time comes back with all other edits', async () => {
  const poll = await createPoll(ann)
  await ann.get(`${poll.path}/edit`)
  const { statusCode } = await ann.post(`${poll.path}/edit`, {
    title: 'Dinner?',
    closesAt: '2025-01-01T00:00',
    timeZone: 'UTC',
  })
  expect(statusCode).toBe(422)
  expect(textOf(ann, '#closes-error')).toContain('in the past')
  expect([typedIn('title'), typedIn('closesAt')]).toEqual(['Dinner?', '2025-01-01T00:00'])
})

test('a closed poll is edited without a closing time, and shows when it closed', async () => {
  const poll = await createPoll(ann)
  await ann.get(poll.path)
  await ann.post(`${poll.path}/close`)
  await ann.follow()
  expect(textOf(ann, '#head .closes')).toBe('Closed just now')
  await ann.get(`${poll.path}/edit`)
  expect(page(ann).querySelector('[name=closesAt]')).toBeNull()
  await ann.post(`${poll.path}/edit`, { title: 'Dinner?', description: '' })
  await ann.follow()
  expect(textOf(ann, 'h1')).toBe('Dinner?')
})

test('a form adds rows and keeps everything typed', async () => {
  await ann.get('/polls/new')
  const { statusCode } = await ann.post('/polls', { ...good, options: ['A', 'B', '', ''], rows: '' })
  expect(statusCode).toBe(200)
  expect(typedOptions()).toEqual(['A', 'B', '', '', '', '', ''])
  expect(page(ann).querySelector('#title')?.getAttribute('value')).toBe(good.title)
})

test('the creator edits title, description and who may add options; the address follows', async () => {
  const poll = await createPoll(ann)
  await ann.get(`${poll.path}/edit`)
  const { headers } = await ann.post(`${poll.path}/edit`, { title: 'Where to dine?', description: 'New' })
  expect(headers.location).toBe(`/polls/where-to-dine-${poll.id}`)
  await ann.follow()
  expect(textOf(ann, '.description')).toBe('New')
  const bob = await visitor(testApp, 'Bob')
  await bob.get(poll.path)
  await bob.follow()
  expect(page(bob).querySelector('#poll')?.getAttribute('data-options-open')).toBe('false')
})

test('the creator moves the poll to another category, into one and out of any; the log says so', async () => {
  const poll = await createPoll(ann, { category: 'Food' })
  for (const category of ['Games', '', 'Travel']) {
    await ann.get(`${poll.path}/edit`)
    await ann.post(`${poll.path}/edit`, { title: 'Where to eat lunch?', description: '', optionsOpen: 'on', category })
    await ann.follow()
  }
  expect(textsOf(ann, '#event-list p')).toEqual([
    'Ann set the category to Travel',
    'Ann removed the category Games',
    'Ann changed the category from Food to Games',
    'Ann created the poll',
  ])
})

test('one sentence lists all changes of an edit', async () => {
  const poll = await createPoll(ann)
  await ann.get(`${poll.path}/edit`)
  await ann.post(`${poll.path}/edit`, { title: 'Where to dine?', description: 'New', category: 'Food' })
  await ann.follow()
  expect(textOf(ann, '#event-list p')).toBe(
    'Ann changed the title from Where to eat lunch? to Where to dine?, changed the description, ' +
      'set the category to Food and stopped others from adding options',
  )
})

test('an invalid edit comes back as typed', async () => {
  const poll = await createPoll(ann)
  await ann.get(`${poll.path}/edit`)
  const { statusCode } = await ann.post(`${poll.path}/edit`, { title: 'x', description: 'kept' })
  expect(statusCode).toBe(422)
  expect(page(ann).querySelector('#description')?.textContent).toBe('kept')
  expect(textOf(ann, '#title-error')).toContain('too short')
})

test('nobody else edits the poll', async () => {
  const poll = await createPoll(ann)
  const bob = await visitor(testApp, 'Bob')
  expect((await bob.get(`${poll.path}/edit`)).statusCode).toBe(403)
  await bob.get(poll.path)
  const { statusCode } = await bob.post(`${poll.path}/edit`, { title: 'Taken over', description: '' })
  expect(statusCode).toBe(403)
  await bob.get(poll.path)
  expect(textOf(bob, 'h1')).toBe('Where to eat lunch?')
})

test('without a chat, no poll is limited to people who have signed in', async () => {
  expect((await create({ votersSignedIn: 'on' })).statusCode).toBe(422)
  expect(textOf(ann, '#voters-error')).toContain('Nobody could vote')
  const { path } = await createPoll(ann)
  await ann.get(`${path}/edit`)
  expect((await ann.post(`${path}/edit`, { ...good, closesAt: '', votersSignedIn: 'on' })).statusCode).toBe(422)
  expect(textOf(ann, '#voters-error')).toContain('Nobody could vote')
})

test('a poll that was limited while a chat existed can be edited, and opened to all', async () => {
  const { id, path } = await createPoll(ann)
  await testApp.database.prisma.poll.update({ where: { id }, data: { votersSignedIn: true, revision: 2 } })
  await ann.get(`${path}/edit`)
  expect(page(ann).querySelector('[name=votersSignedIn]')?.hasAttribute('checked')).toBe(true)
  const edit = async (title: string, more = {}) => {
    const { statusCode } = await ann.post(`/polls/${id}/edit`, { title, description: '', ...more })
    const { poll } = await testApp.services.polls.view(id)
    return [statusCode, poll.title, poll.votersSignedIn]
  }
  expect(await edit('Kept as it was', { votersSignedIn: 'on' })).toEqual([303, 'Kept as it was', true])
  expect(await edit('For all')).toEqual([303, 'For all', false])
})
