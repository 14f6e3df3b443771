import { expect, test } from 'vitest'
import { pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { expectConsistent } from '../support/polls.ts'
import { burlington } from '../support/rankings.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')
const cem = await newGuest(testApp.app, 'Cem')

async function newRanking(fields: Record<string, unknown> = {}) {
  const poll = await ada.newPoll({ method: 'ranked', options: ['A', 'B', 'C'], ...fields })
  const [a = '', b = '', c = ''] = poll.options.map(({ id }) => id)
  const rank = async (voter: Client, ...choices: string[]) =>
    pollSchema.parse((await voter.send('PUT', `/polls/${poll.id}/ballot`, { choices })).json())
  const count = async () => (await ada.send('GET', `/polls/${poll.id}/count`)).json()
  return { id: poll.id, a, b, c, rank, count }
}

test('a ranking keeps its order, counts for its first option, and can be changed', async () => {
  const { id, a, b, c, rank } = await newRanking()
  expect(await rank(ada, c, a)).toMatchObject({
    method: 'ranked',
    totalVotes: 1,
    myChoices: [c, a],
    options: [{ votes: 0 }, { votes: 0 }, { votes: 1 }],
    outcome: null,
  })
  expect(await rank(ada, a, c, b)).toMatchObject({ myChoices: [a, c, b], revision: 3 })
  expect(await rank(ada, a, c, b)).toMatchObject({ revision: 3 })
  const { events } = (await ada.send('GET', `/polls/${id}/events`)).json()
  expect(events.at(-1).facts).toEqual({ from: [c, a], to: [a, c, b] })
  await expectConsistent(testApp.database, id)
})

test('an open and a closed ranking are counted by instant-runoff and pairwise', async () => {
  const { id, a, b, c, rank, count } = await newRanking()
  expect(await count()).toEqual({
    revision: 1,
    outcome: { kind: 'no_votes', options: [], votes: 0 },
    ranking: {
      instantRunoff: {
        rounds: [{ votes: { [a]: 0, [b]: 0, [c]: 0 }, exhausted: 0, eliminated: [], tied: [] }],
        winners: [],
        tooManyTies: false,
      },
      condorcetWinner: null,
      schulzeWinners: [],
    },
  })
  await rank(ada, a, b)
  await rank(bob, b)
  await rank(cem, c, b, a)
  const dan = await newGuest(testApp.app, 'Dan')
  await rank(dan, a)
  const eve = await newGuest(testApp.app, 'Eve')
  await rank(eve, c)
  const outcome = { kind: 'tie', options: [a, c], votes: 2 }
  expect(await count()).toEqual({
    revision: 6,
    outcome,
    ranking: {
      instantRunoff: {
        rounds: [
          { votes: { [a]: 2, [b]: 1, [c]: 2 }, exhausted: 0, eliminated: [b], tied: [] },
          { votes: { [a]: 2, [c]: 2 }, exhausted: 1, eliminated: [], tied: [a, c] },
        ],
        winners: [a, c],
        tooManyTies: false,
      },
      condorcetWinner: null,
      schulzeWinners: [a, b, c],
    },
  })
  const closed = pollSchema.parse((await ada.send('PUT', `/polls/${id}/closure`)).json())
  expect(closed.outcome).toEqual(outcome)
  expect((await ada.send('GET', `/polls/${id}`)).json().outcome).toEqual(outcome)
  expect((await ada.send('GET', `/polls/${id}/events`)).json().events.at(-1).facts).toEqual({ outcome })
  await expectConsistent(testApp.database, id)

  expect((await ada.send('DELETE', `/polls/${id}/closure`)).json()).toMatchObject({ outcome: null })
  await rank(eve, a)
  expect((await count()).outcome).toEqual({ kind: 'winner', options: [a], votes: 3 })
  await expectConsistent(testApp.database, id)
})

test('options that win in some elimination order are tied; the others are not', async () => {
  const { id, a, b, c, rank, count } = await newRanking()
  for (const ranking of [[a], [a], [a], [b, c], [b, c], [c, b], [c, b]])
    await rank(await newGuest(testApp.app, 'A voter'), ...ranking)
  const outcome = { kind: 'tie', options: [b, c], votes: 4 }
  expect(await count()).toMatchObject({
    outcome,
    ranking: { instantRunoff: { rounds: [{ eliminated: [c], tied: [b, c] }, { tied: [] }], winners: [b, c] } },
  })
  expect((await ada.send('PUT', `/polls/${id}/closure`)).json()).toMatchObject({ outcome })
})

test('the option with most first votes may lose, and so may the Condorcet winner', async () => {
  const { id, rank, count } = await newRanking({ options: burlington.ids })
  const { options } = (await ada.send('GET', `/polls/${id}`)).json()
  const ids = new Map<string, string>(options.map(({ id, title }: { id: string; title: string }) => [title, id]))
  for (const { ranking, ballots } of burlington.cast)
    for (let voters = Math.round(ballots / 200); voters > 0; voters--)
      await rank(await newGuest(testApp.app, 'A voter'), ...ranking.map((title) => ids.get(title) ?? ''))
  expect(await count()).toMatchObject({
    outcome: { kind: 'winner', options: [ids.get('Kiss')] },
    ranking: { condorcetWinner: ids.get('Montroll') },
  })
  await ada.send('PUT', `/polls/${id}/closure`)
  await expectConsistent(testApp.database, id)
})

test('an option that is added later can be ranked, and earlier ballots rank it last', async () => {
  const { id, a, rank, count } = await newRanking()
  await rank(bob, a)
  const added = (await ada.send('POST', `/polls/${id}/options`, { title: 'D' })).json()
  const d = added.options[3].id
  expect(await rank(cem, d, a)).toMatchObject({ myChoices: [d, a] })
  expect((await count()).ranking).toMatchObject({ schulzeWinners: [a, d], condorcetWinner: null })
})

test('with a quorum, too few rankings have no outcome', async () => {
  const { id, a, rank, count } = await newRanking({ quorum: 2 })
  await rank(ada, a)
  expect((await count()).outcome).toEqual({ kind: 'no_quorum', options: [], votes: 0 })
  const closed = (await ada.send('PUT', `/polls/${id}/closure`)).json()
  expect(closed.outcome).toEqual({ kind: 'no_quorum', options: [], votes: 0 })
})

test('an invalid ranking is refused', async () => {
  const { id, a } = await newRanking()
  const put = (choices: unknown) => ada.send('PUT', `/polls/${id}/ballot`, { choices })
  const twice = expectProblem(await put([a, a]), 'invalid_choices').errors
  expect(twice).toEqual([{ path: 'choices', message: 'Rank each option only once.' }])
  expectProblem(await put([a, 'zzzzzzzzzzzz']), 'unknown_option')
  expect((await put([])).statusCode).toBe(422)
  const limited = await ada.send('POST', '/polls', {
    title: 'Which?',
    options: ['A', 'B'],
    method: 'ranked',
    maxChoices: 2,
  })
  expect(expectProblem(limited, 'invalid_input').errors).toMatchObject([{ path: 'maxChoices' }])
})

test('without rankings, the count equals the outcome', async () => {
  const poll = await ada.newPoll({ options: ['A', 'B'] })
  await ada.send('PUT', `/polls/${poll.id}/ballot`, { choices: [poll.options[1]?.id] })
  expect((await ada.send('GET', `/polls/${poll.id}/count`)).json()).toEqual({
    revision: 2,
    outcome: { kind: 'winner', options: [poll.options[1]?.id], votes: 1 },
    ranking: null,
  })
  expectProblem(await ada.send('GET', '/polls/zzzzzzzzzzzzzzzz/count'), 'not_found')
})
