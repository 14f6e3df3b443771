import { beforeEach, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let poll: PagePoll

const testApp = await closedAtEnd(openTestApp())
const ada = await visitor(testApp, 'Ada')
const bob = await visitor(testApp, 'Bob')

beforeEach(async () => {
  poll = await createPoll(ada, { optionsModerated: 'on' })
  await bob.get(poll.path)
  await bob.post(`${poll.path}/options`, { title: 'Soup' })
  await bob.follow()
})

const options = (browser: Browser) => textsOf(browser, '#results .option .option-title')
const proposals = (browser: Browser) => textsOf(browser, '.proposals .option-title')
const placeOf = (browser: Browser) => page(browser).querySelector('.proposals li')?.id.replace('proposal-', '') ?? ''
const step = (browser: Browser, name: 'approve' | 'dismiss', id: string) =>
  browser.post(`/polls/${poll.id}/proposals/${id}/${name}`)

test('options from others appear as proposals, and are no options yet', () => {
  expect([options(bob), proposals(bob)]).toEqual([['Tres Bones', 'Noodle Bar'], ['Soup']])
  expect(textOf(bob, '.proposals .hint')).toBe('People can vote for them after Ada approves them.')
  expect(textsOf(bob, '#event-list li')[0]).toContain('Bob proposed the option Soup')
  expect(textOf(bob, '#add-option label')).toContain('Propose an option')
  expect(textOf(bob, '.done')).toBe('Your option was proposed. Ada decides whether to add it.')
})

test('several proposals are counted, and the creator’s own option is added at once', async () => {
  await bob.post(`${poll.path}/options`, { title: 'Rice\nBread' })
  await bob.follow()
  expect(textOf(bob, '.done')).toBe('Your 2 options were proposed. Ada decides whether to add them.')
  await ada.get(poll.path)
  await ada.post(`${poll.path}/options`, { title: 'Rye' })
  await ada.follow()
  expect([options(ada), page(ada).querySelector('.done')]).toEqual([['Tres Bones', 'Noodle Bar', 'Rye'], null])
})

test('the creator approves a proposal', async () => {
  await ada.get(poll.path)
  expect((await step(ada, 'approve', placeOf(ada))).statusCode).toBe(303)
  await ada.follow()
  expect([options(ada), proposals(ada)]).toEqual([['Tres Bones', 'Noodle Bar', 'Soup'], []])
  expect(textsOf(ada, '#event-list li')[0]).toContain('Ada approved the option Soup')
})

test('the creator dismisses a proposal', async () => {
  await ada.get(poll.path)
  await step(ada, 'dismiss', placeOf(ada))
  await ada.follow()
  expect([options(ada), proposals(ada)]).toEqual([['Tres Bones', 'Noodle Bar'], []])
})

test('others cannot approve a proposal', async () => {
  expect((await step(bob, 'approve', placeOf(bob))).statusCode).toBe(403)
  expect(textOf(bob, '#vote [role=alert]')).toContain('Only the creator')
  expect(proposals(bob)).toEqual(['Soup'])
})

test('a proposal dismissed meanwhile is refused with a message', async () => {
  await ada.get(poll.path)
  const id = placeOf(ada)
  await step(ada, 'dismiss', id)
  expect((await step(ada, 'approve', id)).statusCode).toBe(422)
  expect(textOf(ada, '#vote [role=alert]')).toContain('not proposed in this poll')
})

test('a duplicate proposal is refused, and stays in the field', async () => {
  await bob.post(`${poll.path}/options`, { title: 'SOUP' })
  expect(textOf(bob, '#new-option-error')).toContain('Somebody has proposed this already: “Soup”')
  expect(page(bob).querySelector('#new-option')?.getAttribute('value')).toBe('SOUP')
})
