import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textsOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')
const poll = await createPoll(ann, { title: 'Board only', category: 'Secret plans', unlisted: 'on' })
await createPoll(ann, { title: 'For everybody', category: 'Food' })

/** The polls that this person finds, and the categories that the form of a new poll suggests. */
async function found(browser: Browser) {
  const seen: string[] = []
  for (const url of ['/', '/?q=board', '/?category=Secret+plans']) {
    await browser.get(url)
    seen.push(...textsOf(browser, '.card h3'))
  }
  const { polls } = JSON.parse((await browser.get('/api/polls')).body) as { polls: { title: string }[] }
  await browser.get('/polls/new')
  const suggested = page(browser)
    .querySelectorAll('#categories option')
    .map((option) => option.getAttribute('value'))
  return [...new Set([...seen, ...polls.map(({ title }) => title), ...suggested])]
}

const robotsOf = async (browser: Browser) => {
  const { headers } = await browser.get(poll.path)
  return [headers['x-robots-tag'], page(browser).querySelector('meta[name=robots]')?.getAttribute('content')]
}

test('only people with the link find the poll, and its creator and voters on their own page', async () => {
  expect(await found(bob)).toEqual(['For everybody', 'Food'])
  expect(await found(ann)).toEqual(['For everybody', 'Food'])
  expect(await robotsOf(bob)).toEqual(['noindex', 'noindex'])
  await bob.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  await ann.get('/me')
  expect(ann.page?.body).toContain('Board only')
  await bob.get('/me?list=voted')
  expect(bob.page?.body).toContain('Board only')
})

test('once it is listed, everybody finds it, and the log says so', async () => {
  await ann.get(`${poll.path}/edit`)
  const fields = { title: 'Board only', description: '', category: 'Secret plans', unlisted: '' }
  testApp.clock.advance(1_000)
  expect((await ann.post(`${poll.path}/edit`, fields)).statusCode).toBe(303)
  expect(await found(bob)).toEqual(['Board only', 'For everybody', 'Food', 'Secret plans'])
  expect(await robotsOf(bob)).toEqual([undefined, undefined])
  expect(textsOf(bob, '#event-list .event').join()).toContain('put the poll on the lists')
})

test('search engines may list polls, and nothing that belongs to a person', async () => {
  const { headers, body } = await bob.get('/robots.txt')
  expect(headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(body).toContain('Disallow: /me\n')
  expect(body).toContain('Allow: /polls/*/preview/\n')
})
