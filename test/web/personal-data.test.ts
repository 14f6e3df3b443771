import { expect, test } from 'vitest'
import { deleteClosedPolls } from '../../src/polls/ballot-box/purge.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())

async function idOf(name: string): Promise<string> {
  return (await testApp.database.prisma.person.findFirstOrThrow({ where: { name } })).id
}

test('a person downloads what is stored about them', async () => {
  const ann = await visitor(testApp, 'Ann')
  const { path, id, options } = await createPoll(ann, { title: 'Where to eat lunch?' })
  await ann.post(`${path}/ballot`, { choice: options[1] ?? '' })
  await ann.get(path)
  await ann.post(`${path}/comments`, { body: 'Mine' })
  await ann.get('/me')
  await ann.post('/me/tokens', { name: 'script' })
  await testApp.services.nonVoters.noteOpened(id, await idOf('Ann'))
  const response = await ann.get('/me/data.json')
  expect(response.headers['content-disposition']).toContain('polldock-data.json')
  expect(response.json()).toMatchObject({
    person: { name: 'Ann' },
    sessions: [{ expiresAt: expect.any(String) }],
    apiTokens: [{ name: 'script' }],
    polls: [{ id, title: 'Where to eat lunch?', totalVotes: 1 }],
    votes: [{ pollId: id, choices: [options[1]] }],
    options: [{ title: 'Tres Bones' }, { title: 'Noodle Bar' }],
    comments: [{ body: 'Mine' }],
    opened: [{ pollId: id }],
  })
  expect(response.body).not.toMatch(/hash/i)
  expect((await testApp.browser().get('/me/data.json')).statusCode).toBe(303)
})

test('a person removes their data: votes stay counted, as somebody’s', async () => {
  const ann = await visitor(testApp, 'Ann Unusual')
  const bob = await visitor(testApp, 'Bob')
  const voted = await createPoll(ann)
  await ann.post(`${voted.path}/ballot`, { choice: voted.options[0] ?? '' })
  await ann.get(voted.path)
  await ann.post(`${voted.path}/comments`, { body: 'My secret plan' })
  await bob.get(voted.path)
  await bob.post(`${voted.path}/comments`, { body: 'Bob’s comment' })
  const empty = await createPoll(ann)
  await testApp.services.nonVoters.noteOpened(voted.id, await idOf('Ann Unusual'))
  await bob.get(voted.path)

  await ann.get('/me/delete')
  expect(textOf(ann, 'h1')).toBe('Delete your data?')
  expect((await ann.post('/me/delete')).headers.location).toBe('/me?done=deleted')
  await ann.follow()
  expect(textOf(ann, '.done')).toContain('Your data was deleted')
  expect((await ann.post('/me/delete')).statusCode).toBeLessThan(500)

  await bob.get(voted.path)
  expect(bob.page?.body).not.toMatch(/Unusual|secret plan/)
  expect(textsOf(bob, '.voters')).toEqual(['somebody'])
  expect(textOf(bob, '#standing')).toContain('1 vote')
  expect(textsOf(bob, '#comment-list .body, #comment-list .comment')).not.toEqual([])
  expect(page(bob).querySelector('#comment-list')?.textContent).toContain('Bob’s comment')
  expect((await bob.get(empty.path)).statusCode).toBe(410)
  await expectConsistent(testApp.database, voted.id)
  const left = await testApp.database.prisma.person.findMany({ where: { name: { contains: 'Unusual' } } })
  expect(left).toEqual([])
  const people = { where: { person: { name: 'somebody' } } }
  const { session, apiToken, signInLink, opening } = testApp.database.prisma
  const counts = [session.count(people), apiToken.count(people), signInLink.count(people), opening.count(people)]
  expect(await Promise.all(counts)).toEqual([0, 0, 0, 0])
})

test('the API exports and removes the data, and the token ends', async () => {
  const { app } = testApp
  const made = await app.inject({ method: 'POST', url: '/api/guests', payload: { name: 'Cem' } })
  const headers = { authorization: `Bearer ${made.json().token}` }
  expect((await app.inject({ url: '/api/me/data', headers })).json()).toMatchObject({ person: { name: 'Cem' } })
  expect((await app.inject({ method: 'DELETE', url: '/api/me', headers })).statusCode).toBe(204)
  expect((await app.inject({ url: '/api/me', headers })).statusCode).toBe(401)
})

test('polls that were closed long ago are deleted with everything in them', async () => {
  const ann = await visitor(testApp, 'Ann')
  const [old, recent, open] = [await createPoll(ann), await createPoll(ann), await createPoll(ann)]
  for (const { path } of [old, recent]) {
    await ann.get(path)
    await ann.post(`${path}/close`)
  }
  const now = testApp.services.clock()
  const closedAt = new Date(now.getTime() - 31 * 86_400_000)
  await testApp.database.prisma.poll.update({ where: { id: old.id }, data: { closedAt } })
  expect(await deleteClosedPolls(testApp.database.prisma, now, 30)).toBe(1)
  const statuses = await Promise.all([old, recent, open].map(async ({ path }) => (await ann.get(path)).statusCode))
  expect(statuses).toEqual([404, 200, 200])
  expect(await testApp.database.prisma.event.count({ where: { pollId: old.id } })).toBe(0)
})
