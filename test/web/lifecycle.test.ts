import { beforeEach, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let poll: PagePoll

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

beforeEach(async () => {
  poll = await createPoll(ann)
  await bob.get(poll.path)
})

const vote = (browser: Browser, choice = 0) =>
  browser.post(`${poll.path}/ballot`, { choice: poll.options[choice] ?? '' })

async function closed(): Promise<string> {
  await ann.get(poll.path)
  await ann.post(`${poll.path}/close`)
  await ann.follow()
  return textOf(ann, '.standing.outcome')
}

test('closing says that nobody voted', async () => {
  expect(await closed()).toBe('Nobody voted 0 votes')
})

test('closing names the winner', async () => {
  await vote(bob)
  expect(await closed()).toBe('Winner: Tres Bones 1 vote')
  expect(textOf(ann, '#event-list li')).toMatch(/^Ann closed the poll\. Winner: Tres Bones/)
})

test('closing names all tied options', async () => {
  await vote(bob)
  await vote(ann, 1)
  expect(await closed()).toBe('It is a tie: Tres Bones and Noodle Bar 2 votes')
})

test('a closed poll accepts comments, but no options', async () => {
  await closed()
  await bob.post(`${poll.path}/comments`, { body: 'Well done' })
  await bob.follow()
  expect(textsOf(bob, '.comment .body')).toEqual(['Well done'])
  expect((await bob.post(`${poll.path}/options`, { title: 'Late' })).statusCode).toBe(409)
})

test('a reopened poll accepts votes again', async () => {
  await closed()
  await ann.post(`${poll.path}/reopen`)
  expect((await vote(bob)).statusCode).toBe(303)
})

test.each(['close', 'reopen', 'archive', 'unarchive', 'delete'])('only the creator can %s it', async (step) => {
  const { statusCode } = await bob.post(`${poll.path}/${step}`)
  expect(statusCode).toBe(403)
  expect(textOf(bob, '#refusal')).toMatch(/^Only the creator of this poll can/)
})

test('an archived poll leaves the lists, but keeps its page and its creator’s access', async () => {
  await closed()
  await ann.post(`${poll.path}/archive`)
  expect((await bob.get('/')).body).not.toContain(poll.id)
  expect((await bob.get(poll.path)).statusCode).toBe(200)
  expect((await ann.get('/me')).body).toContain(poll.id)
  await ann.post(`${poll.path}/unarchive`)
  expect((await bob.get('/')).body).toContain(poll.id)
})

test('an open poll cannot be archived', async () => {
  const { statusCode } = await ann.post(`${poll.path}/archive`)
  expect(statusCode).toBe(409)
  expect(textOf(ann, '#refusal')).toBe('Close the poll before you archive it.')
})

test('a poll without votes can be deleted', async () => {
  const { headers } = await ann.post(`${poll.path}/delete`)
  expect(headers.location).toBe('/?done=deleted')
  expect((await bob.get(poll.path)).statusCode).toBe(410)
  expect(textOf(bob, 'h1')).toBe('This poll is gone')
  expect((await vote(bob)).statusCode).toBe(410)
})

test('a poll with votes is not deleted', async () => {
  await vote(bob)
  const { statusCode } = await ann.post(`${poll.path}/delete`)
  expect(statusCode).toBe(409)
  const [first] = page(ann).querySelectorAll('#poll > *')
  expect([first?.getAttribute('role'), first?.hasAttribute('autofocus')]).toEqual(['alert', true])
  expect(first?.text).toContain('People voted in this poll, so it cannot be deleted.')
  expect((await bob.get(poll.path)).statusCode).toBe(200)
})
