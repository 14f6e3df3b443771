import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { second } from '../support/clock.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const page = z.strictObject({ polls: z.array(pollSchema), next: z.string().nullable() })

let testApp: TestApp
let ada: Client

/** Creates Poll 1 to Poll 7, the oldest first; 3 and 6 are closed. */
beforeAll(async () => {
  testApp = await openTestApp({ env: { PUBLIC_URL: 'https://polls.example.org' } })
  ada = await newGuest(testApp.app)
  for (let number = 1; number <= 7; number++) {
    testApp.clock.advance(second)
    const { id } = await ada.newPoll({
      title: `Poll ${number}`,
      description: number % 2 ? 'odd 100%' : 'even',
      category: ['', 'Food'][number % 2],
    })
    if (number % 3 === 0) await ada.send('PUT', `/polls/${id}/closure`)
  }
})
afterAll(() => testApp.close())

async function titles(query: string): Promise<string[]> {
  const response = await ada.get(`/polls?${query}`)
  return page.parse(response.json()).polls.map(({ title }) => title.replace('Poll ', ''))
}

test('open polls come first, then those with the newest activity', async () => {
  expect(await titles('')).toEqual(['7', '5', '4', '2', '1', '6', '3'])
})

test('polls are filtered by status and text', async () => {
  expect(await titles('status=closed')).toEqual(['6', '3'])
  expect(await titles('status=open&q=EVEN')).toEqual(['4', '2'])
  expect(await titles('q=100%25')).toEqual(['7', '5', '1', '3'])
  expect(await titles('q=1_0')).toEqual([])
  expect(await titles('q=')).toHaveLength(7)
})

test('polls are filtered by category, in any spelling', async () => {
  expect(await titles('category=FOOD')).toEqual(['7', '5', '1', '3'])
  expect(await titles('category=food&status=closed&q=odd')).toEqual(['3'])
  expect(await titles('category=Fo')).toEqual([])
  expect(await titles('category=')).toHaveLength(7)
})

test('the link leads to the next page, and each poll appears once', async () => {
  const seen: string[] = []
  let next: string | undefined = '/polls?limit=2&q=poll'
  while (next) {
    const response = await ada.get(next)
    const { polls, next: cursor } = page.parse(response.json())
    seen.push(...polls.map(({ title }) => title.replace('Poll ', '')))
    const link: string | undefined = /^<https:\/\/polls\.example\.org\/api(\/polls\?.*)>; rel="next"$/.exec(
      String(response.headers.link ?? ''),
    )?.[1]
    expect(Boolean(link)).toBe(cursor !== null)
    next = link
  }
  expect(seen).toEqual(['7', '5', '4', '2', '1', '6', '3'])
})

test('the list shows each person their own votes', async () => {
  const bob = await newGuest(testApp.app, 'Bob')
  const [poll] = page.parse((await bob.get('/polls?limit=1')).json()).polls
  if (!poll) throw new Error('There is no poll.')
  await bob.vote(poll, 1)
  expect((await bob.get('/polls?limit=1')).json().polls[0].myChoices).toEqual([poll.options[1]?.id])
  expect((await ada.get('/polls?limit=1')).json().polls[0].myChoices).toEqual([])
})

test('archived polls are left out', async () => {
  const { id } = await ada.newPoll({ title: 'Old' })
  await ada.send('PUT', `/polls/${id}/closure`)
  await ada.send('PUT', `/polls/${id}/archive`)
  expect(await titles('q=old')).toEqual([])
})

const cursor = (text: string) => `cursor=${Buffer.from(text).toString('base64url')}`

test.each([
  'limit=0',
  'limit=101',
  'limit=x',
  'limit=1.5',
  'limit=1e99',
  'limit=1&limit=2',
  'status=maybe',
  'status=open&status=closed',
  'q=a&q=b',
  `q=${'x'.repeat(201)}`,
  'category=a&category=b',
  `category=${'x'.repeat(41)}`,
  'cursor=x',
  `cursor=${'x'.repeat(201)}`,
  cursor('["open","2026-02-31 00:00:00+00","abc"]'),
  cursor('["open",1e99,"abc"]'),
  cursor('["maybe",1,"abc"]'),
  'colour=red',
  '__proto__=1',
])('a bad query is refused: %s', async (query) => {
  const { errors } = expectProblem(await ada.get(`/polls?${query}`), 'invalid_input')
  const names = [...new URLSearchParams(query).keys()]
  expect(names).toContain(errors?.[0]?.path)
})
