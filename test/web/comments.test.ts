import { beforeEach, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let poll: PagePoll

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')
const cem = await visitor(testApp, 'Cem')

beforeEach(async () => {
  poll = await createPoll(ann)
  await bob.get(poll.path)
  await bob.post(`${poll.path}/comments`, { body: 'Pizza, plase' })
})

const tools = async (browser: Browser) => {
  await browser.get(poll.path)
  return textsOf(browser, '.comment-tools a')
}

test('each comment shows what the viewer may do with it', async () => {
  expect(await tools(bob)).toEqual(['Edit or delete your comment'])
  expect(await tools(ann)).toEqual(['Delete the comment by Bob'])
  expect(await tools(cem)).toEqual([])
  expect((await cem.get(`${poll.path}/comments/2`)).statusCode).toBe(403)
  expect((await cem.get(`${poll.path}/comments/1`)).statusCode).toBe(404)
})

test('an edited comment is marked, and the activity says so', async () => {
  await bob.get(`${poll.path}/comments/2`)
  expect((await bob.post(`${poll.path}/comments/2`, { body: '' })).statusCode).toBe(422)
  expect(textOf(bob, '#body-error')).toMatch(/comment/)
  await bob.post(`${poll.path}/comments/2`, { body: 'Pizza, please' })
  expect(await tools(cem)).toEqual([])
  expect(textsOf(cem, '.comment .body')).toEqual(['Pizza, please'])
  expect(textOf(cem, '.edited')).toMatch(/edited just now$/)
  expect(textOf(cem, '#event-list li')).toMatch(/^Bob edited a comment/)
})

test('the creator deletes a comment, and the page keeps nothing of it', async () => {
  await ann.get(`${poll.path}/comments/2`)
  expect(textOf(ann, 'h1')).toBe('Delete the comment by Bob?')
  expect(page(ann).querySelector('textarea')).toBeNull()
  await ann.post(`${poll.path}/comments/2/delete`)
  await ann.follow()
  expect(textOf(ann, '.done')).toBe('The comment was deleted.')
  expect(ann.page?.body).not.toContain('plase')
  expect(textOf(ann, '[data-count=comments]')).toBe('0')
  expect(textOf(ann, '#event-list li')).toMatch(/^Ann deleted a comment/)
  // The form is sent twice.
  expect((await ann.post(`${poll.path}/comments/2/delete`)).statusCode).toBe(303)
  expect((await bob.get(`${poll.path}/comments`)).body).not.toContain('plase')
})
