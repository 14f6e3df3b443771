import { afterAll, beforeAll, expect, test } from 'vitest'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { RankingCounter } from '../../src/polls/rankings/ranking-counter.ts'
import { countModel } from '../../src/web/poll/count-model.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

let testApp: TestApp
let ann: Browser

beforeAll(async () => {
  testApp = await openTestApp()
  ann = await visitor(testApp, 'Ann')
})

afterAll(() => testApp.close())

const ranking = (browser = ann) => textsOf(browser, '#ranking .ranked .option-title')
const unranked = () => textsOf(ann, '#ranking .unranked button')
const newRanking = (fields: Record<string, string | string[]> = {}) =>
  createPoll(ann, { options: ['A', 'B', 'C'], method: 'ranked', ...fields })

/** Presses the button of this label. */
async function press(path: string, label: string, browser = ann): Promise<number> {
  const button = page(browser)
    .querySelectorAll('#ranking button')
    .find((one) => [one.getAttribute('aria-label'), one.structuredText.replace(/^\s*\d+/, '').trim()].includes(label))
  if (!button) throw new Error(`There is no button ${label}.`)
  const { statusCode } = await browser.post(`${path}/ballot`, {
    [button.getAttribute('name') ?? '']: button.getAttribute('value') ?? '',
  })
  if (statusCode === 303) await browser.follow()
  return statusCode
}

test('options are ranked one by one, moved, and withdrawn', async () => {
  const { id, path } = await newRanking()
  expect(textOf(ann, '#how-to-vote')).toContain('Put options in order')
  expect([ranking(), unranked()]).toEqual([[], ['1 Rank next: A', '1 Rank next: B', '1 Rank next: C']])
  for (const title of ['C', 'A', 'B']) await press(path, `Rank next: ${title}`)
  expect([ranking(), unranked()]).toEqual([['C', 'A', 'B'], []])
  await press(path, 'Move B up')
  expect(ranking()).toEqual(['C', 'B', 'A'])
  await press(path, 'Move C down')
  expect(ranking()).toEqual(['B', 'C', 'A'])
  await press(path, 'Take C out')
  expect([ranking(), unranked()]).toEqual([['B', 'A'], ['3 Rank next: C']])
  await press(path, 'Move B up')
  expect(ranking()).toEqual(['B', 'A'])
  expect(textsOf(ann, '#event-list p').slice(0, 2)).toEqual([
    'Ann changed the ranking from B, C and A to B and A',
    'Ann changed the ranking from C, B and A to B, C and A',
  ])
  expect(textsOf(ann, '#results .option-count')).toEqual([
    '0% 0 first choices',
    '100% 1 first choice',
    '0% 0 first choices',
  ])
  await expectConsistent(testApp.database, id)
})

test('the page shows the rounds, and the Condorcet winner', async () => {
  const { path, options } = await newRanking()
  const ids = { A: options[0], B: options[1], C: options[2] }
  for (const [index, order] of ['A', 'A', 'B C', 'C B', 'C B'].entries()) {
    const voter = await visitor(testApp, `Voter ${index}`)
    await voter.get(path)
    for (const title of order.split(' ')) await voter.post(`${path}/ballot`, { choose: ids[title as 'A'] ?? '' })
  }
  await ann.get(path)
  expect(textOf(ann, '#standing')).toBe('C leads 5 voters')
  expect(textsOf(ann, '.how-counted tr')).toEqual(['OptionRound 1Round 2', 'C 2 3', 'A 2 2', 'B 1 eliminated'])
  expect(textOf(ann, '.how-counted > p')).toBe('C beats every other option head to head.')
  expect(textsOf(ann, '.how-counted .wins th')).toEqual(['C'])
  await ann.post(`${path}/close`)
  await ann.follow()
  expect(textOf(ann, '#standing')).toBe('Winner: C 5 voters')
  expect(textOf(ann, '#event-list p')).toBe('Ann closed the poll. Winner: C')
  await ann.get('/')
  expect(textOf(ann, `#poll-${path.slice(-16)}`)).toContain('Winner: C')
})

test('before the first vote nothing is counted', async () => {
  await newRanking()
  expect(page(ann).querySelector('.how-counted')).toBeNull()
  expect(textOf(ann, '#standing')).toBe('Nobody has voted yet 0 voters')
})

test('in the list, an open ranking shows the number of voters, and links to the poll', async () => {
  const { id, path } = await newRanking()
  await press(path, 'Rank next: B')
  await ann.get('/')
  expect(textOf(ann, `#poll-${id}`)).toContain('1 ranking so far')
  expect(page(ann).querySelectorAll(`#poll-${id} button`)).toEqual([])
})

test('a move names its target rank, so double clicks and old pages cause no harm', async () => {
  const { path, options } = await newRanking()
  const [a, b, c] = options
  for (const id of [a, b]) await ann.post(`${path}/ballot`, { choose: id ?? '' })
  for (const move of [`${b}.1`, `${b}.1`, `${c}.2`, `${c}.9`])
    await ann.post(`${path}/ballot`, { [`move.${move}`]: '' })
  await ann.get(path)
  expect(ranking()).toEqual(['B', 'A', 'C'])
})

test.each([
  ['zzzzzzzzzzzz.1', 'That is not an option of this poll.'],
  ['somewhere', 'Rank at least one option, or withdraw your vote.'],
  ['a.0', 'Rank at least one option, or withdraw your vote.'],
])('moving %s is refused, and the ranking stays', async (move, message) => {
  const { path } = await newRanking()
  await press(path, 'Rank next: B')
  expect((await ann.post(`${path}/ballot`, { [`move.${move}`]: '' })).statusCode).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe(message)
  expect(ranking()).toEqual(['B'])
})

test('starting again withdraws the ranking', async () => {
  const { path } = await newRanking()
  for (const title of ['C', 'A']) await press(path, `Rank next: ${title}`)
  expect(textOf(ann, '#ranking [name=withdraw]')).toBe('Start again')
  await ann.post(`${path}/ballot`, { withdraw: '' })
  await ann.follow()
  expect(ranking()).toEqual([])
  expect(textOf(ann, '#event-list p')).toBe('Ann withdrew the ranking C and A')
})

/** Ballots by which B and C are tied for the last place, and each of them wins when the other one leaves. */
async function tiedRanking() {
  const poll = await newRanking()
  const [a, b, c] = poll.options
  for (const choices of [[a], [a], [a], [b, c], [b, c], [c, b], [c, b]]) {
    const voter = await visitor(testApp, 'A voter')
    for (const choose of choices) await voter.post(`${poll.path}/ballot`, { choose: choose ?? '' })
  }
  return poll
}

test('the rounds mention ties in the elimination, and that other counts exist', async () => {
  const { path } = await tiedRanking()
  await ann.get(path)
  expect(textOf(ann, '#standing')).toBe('It is a tie so far: B and C 7 voters')
  expect(textsOf(ann, '.how-counted tbody tr')).toEqual(['B 2 tied 4', 'A 3 3', 'C 2 tied eliminated'])
  expect(textsOf(ann, '.how-counted > p')[0]).toContain(
    'The table shows one count, which eliminates the last one in the poll’s order.',
  )
})

test('a ranking keeps the result of its closing, and says when a recount differs', async () => {
  const { id } = await tiedRanking()
  const { poll } = await new PollQueries(testApp.database.prisma).view(id)
  const count = await new RankingCounter(testApp.database.prisma).of(poll)
  if (!count) throw new Error('A ranking has a count.')
  const [a, b, c] = poll.options.map((option) => option.id) as [string, string, string]
  const closedWith = (kind: 'winner' | 'tie', ...options: string[]) =>
    countModel({ ...poll, status: 'closed' }, { kind, options, votes: 3 }, count).otherToday
  expect(closedWith('tie', b, c)).toBeUndefined()
  expect(
    closedWith('winner', a)
      ?.map((phrase) => ('title' in phrase ? phrase.title : phrase.text))
      .join(''),
  ).toBe('This poll keeps the result of its closing. Counted again today, B and C are tied.')
})
