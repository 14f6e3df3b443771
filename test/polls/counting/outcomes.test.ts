import { expect, test } from 'vitest'
import { dates } from '../../../src/polls/counting/dates.ts'
import { finalOutcome, maxPossible, outcomeOf } from '../../../src/polls/counting/methods.ts'
import { outcomeOfCount, ranked } from '../../../src/polls/counting/ranked/ranked.ts'
import { cast, close, OneBatch } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob } from '../../support/poll-log.ts'

test('an option has at most as many votes as all ballots can give', () => {
  const poll = { ...new OneBatch().poll, totalVotes: 4 }
  expect([maxPossible(poll), maxPossible({ ...poll, method: 'score' })]).toEqual([4, 20])
})

test('an open ranking has no outcome, unless nobody or too few voted', () => {
  const batch = new OneBatch({ method: 'ranked', quorum: 2 })
  const noVotes = { kind: 'no_votes', options: [], votes: 0 }
  expect(outcomeOf(batch.poll)).toEqual(noVotes)
  batch.do(cast(bob, 'pizza'))
  expect(outcomeOf(batch.poll)).toEqual({ kind: 'no_quorum', options: [], votes: 0 })
  batch.do(cast(ann, 'pizza'))
  expect(outcomeOf(batch.poll)).toBeUndefined()
  const { poll, ballots } = batch.state
  expect(() => finalOutcome({ poll, ballots })).toThrow('All ballots of poll poll must be loaded to count them.')
  batch.do(close)
  expect(outcomeOf(batch.poll)).toEqual({ kind: 'winner', options: ['pizza'], votes: 2 })
})

test.each<[object, object]>([
  [{ winners: [] }, { kind: 'no_votes', options: [], votes: 0 }],
  [
    { winners: ['a'], tooManyTies: true },
    { kind: 'undecided', options: [], votes: 0 },
  ],
  [{ winners: ['a', 'b'] }, { kind: 'tie', options: ['a', 'b'], votes: 3 }],
  [{ winners: ['a'] }, { kind: 'winner', options: ['a'], votes: 3 }],
])('a count of %j comes to %j', (count, outcome) => {
  const rounds = [{ votes: { a: 3, b: 1 }, exhausted: 0, eliminated: [] }]
  const counted = { rounds, tooManyTies: false, ...count }
  expect(outcomeOfCount({ instantRunoff: counted } as unknown as Parameters<typeof outcomeOfCount>[0])).toEqual(outcome)
})

test('an invalid ranking or answer gets an explanation', () => {
  const problem = (...choices: string[]) => ranked.problemWithChoices(picks(...choices), { maxChoices: null })
  expect(problem()).toBe('Rank at least one option, or withdraw your vote.')
  expect(problem('a', 'b', 'a')).toBe('Rank each option only once.')
  expect(problem('a', 'b')).toBeNull()
  expect(dates.problemWithChoices(picks('a=yes', 'b=maybe'), { maxChoices: null })).toBe(
    'Say yes, if_need_be or no for each date.',
  )
})
