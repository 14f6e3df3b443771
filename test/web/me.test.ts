import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { castBallot, createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

async function makeToken(name: string): Promise<string> {
  await ann.get('/me')
  await ann.post('/me/tokens', { name })
  return page(ann).querySelector('#new-token')?.getAttribute('value') ?? ''
}

function revokeForm(name: string): string {
  const button = page(ann).querySelector(`button[aria-label="Revoke the token ${name}"]`)
  return button?.closest('form')?.getAttribute('action') ?? ''
}

const whoIs = (token: string) => testApp.app.inject({ url: '/api/me', headers: { authorization: `Bearer ${token}` } })

test('the name can be changed', async () => {
  const browser = await visitor(testApp, 'Zoe')
  await browser.post('/me/name', { name: 'Zoë' })
  await browser.follow()
  expect(textOf(browser, 'nav bdi')).toBe('Zoë')
  expect(textOf(browser, '.done')).toBe('Your name was saved.')
})

test('an invalid name comes back as typed', async () => {
  const browser = await visitor(testApp, 'Zoe')
  const { statusCode } = await browser.post('/me/name', { name: 'x'.repeat(61) })
  expect(statusCode).toBe(422)
  expect(page(browser).querySelector('#name')?.getAttribute('value')).toBe('x'.repeat(61))
  expect(textOf(browser, '#name-error')).toContain('too long')
})

test('the page lists the person’s polls', async () => {
  await createPoll(ann, { title: 'Mine' })
  await createPoll(await visitor(testApp, 'Bob'), { title: 'Of Bob' })
  await ann.get('/me')
  expect(textsOf(ann, '.rows .question')).toEqual(['Mine'])
})

test('the table finds polls by their words and status, and the polls in which the person voted', async () => {
  const cem = await visitor(testApp, 'Cem')
  const lunch = await createPoll(cem, { title: 'Lunch on Monday' })
  const dinner = await createPoll(cem, { title: 'Dinner on Friday' })
  const others = await createPoll(ann, { title: 'Of Ann' })
  await cem.get(others.path)
  await cem.post(`${others.path}/ballot`, { choice: others.options[0] ?? '' })
  await cem.post(`${lunch.path}/close`)
  await cem.post(`${lunch.path}/archive`)
  const listed = async (query: string) => {
    await cem.get(`/me?${query}`)
    return textsOf(cem, '.rows .question a')
  }
  expect(await listed('')).toEqual(['Dinner on Friday', 'Lunch on Monday'])
  expect(await listed('q=friday')).toEqual(['Dinner on Friday'])
  expect(await listed('status=open')).toEqual(['Dinner on Friday'])
  expect(await listed('status=closed')).toEqual([])
  expect(await listed('status=archived')).toEqual(['Lunch on Monday'])
  expect(await listed('list=voted')).toEqual(['Of Ann'])
  expect(textOf(cem, '.rows .own')).toBe('Your vote: Tres Bones')
  await cem.post(`/polls/${dinner.id}/close`, { back: '/me?q=friday' })
  expect(cem.page?.headers.location).toBe('/me?q=friday')
  await cem.follow()
  expect(textOf(cem, '.done')).toBe('Closed: Dinner on Friday')
})

const offered = (browser: Browser) => textsOf(browser, '.row-actions > a, .row-actions button')

test.each([
  ['an open poll', {}, ['Change vote Lunch', 'Withdraw your vote: Lunch']],
  ['final votes', { votesFinal: 'on' }, ['See the poll Lunch']],
  ['final votes that can grow', { votesFinal: 'on', preset: 'multiple_choice' }, ['Add to vote Lunch']],
  // Without the receipt, nobody can tell which ballot to withdraw.
  ['an anonymous poll', { preset: 'anonymous' }, ['Change vote Lunch']],
  ['an anonymous poll with final votes', { preset: 'anonymous', votesFinal: 'on' }, ['See the poll Lunch']],
])('a row of a vote offers what the voter can do: %s', async (_kind, fields, actions) => {
  const eve = await visitor(testApp, 'Eve')
  const { path, options } = await createPoll(eve, { title: 'Lunch', ...fields })
  const receipt = page(eve).querySelector('#ballot [name=receipt]')?.getAttribute('value') ?? ''
  await castBallot(eve, path, { choice: options[0] ?? '', receipt })
  await eve.get('/me?list=voted')
  expect(offered(eve)).toEqual(actions)
  await eve.post(`${path}/close`)
  await eve.get('/me?list=voted')
  expect(offered(eve)).toEqual(['See the result Lunch', 'Use again Lunch'])
  expect(page(eve).querySelector('.row-actions a')?.getAttribute('href')).toBe(`${path}#vote`)
})

test('a vote is withdrawn in the table, which says what happened', async () => {
  const [eve, fay] = [await visitor(testApp, 'Eve'), await visitor(testApp, 'Fay')]
  const { id, path, options } = await createPoll(fay, { title: 'Lunch' })
  const vote = () => eve.post(`${path}/ballot`, { choice: options[0] ?? '' })
  const list = '/me?list=voted&q=lunch'
  const withdraw = async () => {
    const { headers } = await eve.post(`/polls/${id}/ballot/withdraw`, { back: list })
    expect(headers.location).toMatch(list)
    await eve.follow()
    return textOf(eve, '#main > .done[role=status]')
  }
  await eve.get(path)
  await vote()
  await eve.get(list)
  expect(offered(eve)).toEqual(['Change vote Lunch', 'Withdraw your vote: Lunch'])
  expect(await withdraw()).toBe('Your vote was withdrawn: Lunch')
  expect(offered(eve)).toEqual([])
  expect(await withdraw()).toBe('You have no vote that counts: Lunch')

  await vote()
  await fay.get(`${path}/votes/manage`)
  const voter = (await testApp.services.polls.newestVotes((await testApp.services.polls.view(id)).poll, 1))[0]?.person
    .id
  await fay.post(`${path}/votes/${voter}/aside`, { reason: 'Test' })
  expect(await withdraw()).toBe('You have no vote that counts: Lunch')
  expect([textOf(eve, '.rows .own'), offered(eve)]).toEqual([
    'Your vote: Not counted: Tres Bones',
    ['See the poll Lunch'],
  ])

  await fay.post(`${path}/votes/${voter}/restore`)
  await fay.post(`${path}/close`)
  expect((await eve.post(`/polls/${id}/ballot/withdraw`, { back: list })).statusCode).toBe(409)
  expect(textOf(eve, '#vote .error')).toBe('This poll is closed and takes no more changes of votes.')
})

test('a token is shown once, opens the API, and is stored only as a hash', async () => {
  const token = await makeToken('Lunch bot')
  expect((await whoIs(token)).json()).toMatchObject({ name: 'Ann' })
  expect((await ann.get('/me')).body).not.toContain(token)
  expect(JSON.stringify(await testApp.database.prisma.apiToken.findMany())).not.toContain(token)
})

test('a revoked token is invalid', async () => {
  const token = await makeToken('Old bot')
  await ann.post(revokeForm('Old bot'))
  expect((await whoIs(token)).statusCode).toBe(401)
})

test('nobody revokes another person’s token', async () => {
  const token = await makeToken('Kept')
  const bob = await visitor(testApp, 'Bob')
  expect((await bob.post(revokeForm('Kept'))).statusCode).toBe(404)
  expect((await whoIs(token)).statusCode).toBe(200)
})

test('a token needs a name', async () => {
  await ann.get('/me')
  const { statusCode } = await ann.post('/me/tokens', { name: '' })
  expect(statusCode).toBe(422)
  expect(textOf(ann, '#token-error')).toBe('The name is missing: give it 1 to 60 characters.')
})

test('no cache stores the page', async () => {
  expect((await ann.get('/me')).headers['cache-control']).toBe('no-store')
})
