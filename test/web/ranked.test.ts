import { expect, test } from 'vitest'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { RankingCounter } from '../../src/polls/rankings/ranking-counter.ts'
import { countModel } from '../../src/web/poll/count-model.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { castBallot, createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

const fieldsIn = (browser: Browser) => page(browser).querySelectorAll('#ranking .places li')
/** The ranked options in their order, as the form shows them. */
const ranking = (browser = ann) =>
  fieldsIn(browser)
    .filter((row) => row.querySelector('option[selected], input[type=hidden]'))
    .map((row) => row.querySelector('.option-title')?.text)

const newRanking = (fields: Record<string, string | string[]> = {}) =>
  createPoll(ann, { options: ['A', 'B', 'C'], method: 'ranked', ...fields })

/** Sends the form with these options in this order. */
async function save(path: string, titles: string[], browser = ann): Promise<number> {
  const places = fieldsIn(browser).map((row): [string, string] => {
    const place = titles.indexOf(row.querySelector('.option-title')?.text ?? '') + 1
    return [`place.${row.getAttribute('data-option')}`, place > 0 ? String(place) : '']
  })
  const hasVoted = page(browser)
    .querySelectorAll('#ranking [name=hasVoted]')
    .map((): [string, string] => ['hasVoted', 'yes'])
  return castBallot(browser, path, Object.fromEntries([...places, ...hasVoted]))
}

test('a ranking is saved at once, changed, and withdrawn', async () => {
  const { id, path } = await newRanking()
  expect(textOf(ann, '#how-to-vote')).toContain('Put options in order')
  expect(ranking()).toEqual([])
  await save(path, ['C', 'A', 'B'])
  expect(ranking()).toEqual(['C', 'A', 'B'])
  await save(path, ['B', 'A'])
  expect(ranking()).toEqual(['B', 'A'])
  expect(textsOf(ann, '#event-list p').slice(0, 2)).toEqual(['Ann ranked B and A', 'Ann created the poll'])
  expect(textsOf(ann, '#results .option-count')).toEqual([
    '0% 0 first choices',
    '100% 1 first choice',
    '0% 0 first choices',
  ])
  await save(path, [])
  expect(textOf(ann, '#event-list p')).toBe('Ann voted and withdrew the vote')
  await expectConsistent(testApp.database, id)
})

test('the page shows the rounds, and the Condorcet winner', async () => {
  const { path, options } = await newRanking()
  const ids = { A: options[0], B: options[1], C: options[2] }
  for (const [index, order] of ['A', 'A', 'B C', 'C B', 'C B'].entries()) {
    const voter = await visitor(testApp, `Voter ${index}`)
    await voter.get(path)
    await voter.post(`${path}/ballot`, { choice: order.split(' ').map((title) => ids[title as 'A'] ?? '') })
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
  await save(path, ['B'])
  await ann.get('/')
  expect(textOf(ann, `#poll-${id}`)).toContain('1 ranking so far')
  expect(page(ann).querySelectorAll(`#poll-${id} button`)).toEqual([])
})

test.each([
  [['1', '1', ''], 'Two options have place 1. Give each option a different place, or no place.'],
  [['0', '', ''], 'Give each option a place: a whole number from 1.'],
  [['first', '', ''], 'Give each option a place: a whole number from 1.'],
  [['', '', ''], 'Rank at least one option, or withdraw your vote.'],
])('the places %j are refused, and stay in the form', async (places, message) => {
  const { path, options } = await newRanking()
  const fields = Object.fromEntries(options.map((id, index) => [`place.${id}`, places[index] ?? '']))
  expect((await ann.post(`${path}/ballot`, fields)).statusCode).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe(message)
  const selected = fieldsIn(ann).map((row) => row.querySelector('option[selected]')?.getAttribute('value') ?? '')
  expect(selected).toEqual(places.map((place) => (/^[1-3]?$/.test(place) ? place : '')))
})

test('a place for an unknown option is refused', async () => {
  const { path } = await newRanking()
  expect((await ann.post(`${path}/ballot`, { 'place.zzzzzzzzzzzz': '1' })).statusCode).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe('That is not an option of this poll.')
})

test('of a final ranking, the places stay, and options are added after them', async () => {
  const { path } = await newRanking({ votesFinal: 'on' })
  await save(path, ['B'])
  expect(fieldsIn(ann).map((row) => row.querySelectorAll('option').length)).toEqual([0, 3, 3])
  await save(path, ['B', 'A'])
  expect(ranking()).toEqual(['B', 'A'])
})

/** Ballots by which B and C are tied for the last place, and each of them wins when the other one leaves. */
async function tiedRanking() {
  const poll = await newRanking()
  const [a, b, c] = poll.options
  for (const choices of [[a], [a], [a], [b, c], [b, c], [c, b], [c, b]]) {
    const voter = await visitor(testApp, 'A voter')
    await voter.post(`${poll.path}/ballot`, { choice: choices.map((id) => id ?? '') })
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
