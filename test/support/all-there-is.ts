import { message } from '../../src/chat/flowdock/posting/message.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import type { TestApp } from './app.ts'
import type { Browser } from './browser.ts'
import { entry } from './entries.ts'
import { openStream } from './event-stream.ts'

/** A viewer who does not vote: `url` is the address of streams. */
export type Onlooker = { testApp: TestApp; url: string; stranger: Browser }

/** Everything that they can get of the poll, with placeholders for values that differ each time. */
export async function allThereIs({ testApp, url, stranger }: Onlooker, poll: Poll): Promise<Record<string, string>> {
  const path = `/polls/${poll.id}`
  const category = encodeURIComponent(poll.category)
  const seen: Record<string, string> = {}
  await stranger.get(path)
  seen.page = (await stranger.follow()).body
  const shownAt = stranger.path
  for (const part of ['activity', 'comments', 'ballots']) seen[part] = (await stranger.get(`${shownAt}/${part}`)).body
  seen.picture = (await stranger.get(`${path}/preview/1.png`)).body
  seen.list = (await stranger.get(`/?category=${category}`)).body
  const parts = [
    '',
    '/events',
    '/results.csv',
    '/count',
    '/ballot',
    '/ballots',
    '/ballots.csv',
    '/ballots.xlsx',
    '/votes',
  ].map((part) => path + part)
  for (const place of [...parts, `/polls?category=${category}`])
    seen[`api ${place.replace(poll.id, ':id').replace(category, ':category')}`] = (
      await stranger.get(`/api${place}`)
    ).body
  for (const place of [`/api${path}/stream?after=1`, `${path}/stream?since=1`])
    seen[`stream ${place.slice(0, 4)}`] = await caughtUpWith(url + place, (await viewed(testApp, poll)).revision - 1)
  seen.thread = JSON.stringify(await messagesOf(testApp, poll))
  return Object.fromEntries(Object.entries(seen).map(([what, text]) => [what, namesFor(poll, text)]))
}

async function viewed({ services }: TestApp, { id }: Poll): Promise<Poll> {
  return (await services.polls.view(id)).poll
}

async function caughtUpWith(url: string, events: number): Promise<string> {
  const stream = await openStream(url)
  const heard = [await stream.next()]
  while (new URL(url).pathname.startsWith('/api') && heard.length < events) heard.push(await stream.next())
  stream.close()
  return JSON.stringify(heard)
}

/** The messages that a chat gets: one for each event, and one for all votes together. */
async function messagesOf(testApp: TestApp, poll: Poll) {
  const events = await testApp.services.polls.events(poll.id, { limit: 100 })
  const now = await viewed(testApp, poll)
  const votes = events.filter(({ facts }) => /^(secret_)?vote/.test(facts.type))
  const told = [...events.map((event) => [event]), votes]
  return told.map((some) => message(entry(some, { poll: now }), new URL('https://polls.example.org')))
}

function namesFor(poll: Poll, text: string): string {
  const named = poll.options.reduce((all, { id }, place) => all.replaceAll(id, `OPTION ${place}`), text)
  return named
    .replaceAll(poll.id, 'POLL')
    .replaceAll(poll.category, 'CATEGORY')
    .replaceAll(new URLSearchParams({ c: poll.category }).toString().slice(2), 'CATEGORY')
    .replace(/(name="(?:_csrf|once|receipt)" value|name="csrf-token" content)="[^"]+"/g, 'TOKEN')
    .replace(/"requestId":"[^"]+"/g, 'REQUEST')
    .replace(/quote this request id: <code>\w+/, 'REQUEST')
}
