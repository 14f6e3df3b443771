import { describe, expect, test } from 'vitest'
import { optionIdsOf } from '../../../src/polls/model/choices/choices.ts'
import type { Command } from '../../../src/polls/model/commands.ts'
import { storeAnonymousBallot } from '../../../src/polls/rules/anonymous-voting.ts'
import { areBallotsOpened, closing } from '../../../src/polls/rules/closing.ts'
import { cast, close, OneBatch, receipt, refused, reopen } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob, cem } from '../../support/poll-log.ts'

const [one, two, three] = [receipt('one'), receipt('two'), receipt('three')]
const withdraw = (by: Command['by'], { lookup, hash }: typeof one): Command => ({
  ...{ by, type: 'withdrawVote', receipt: { lookup, hash } },
})
const secret = (asked: object = {}) => new OneBatch({ anonymous: true, ...asked })
const ballotsOf = ({ state }: OneBatch) =>
  [...(state.anonymousBallots ?? [])].map(([code, { choices }]) => [code, optionIdsOf(choices)])

describe('an anonymous vote', () => {
  test('goes into the box, and the log says only that it was cast', () => {
    const batch = secret()
    expect(batch.do(one.cast(bob, 'pizza'))).toEqual([{ type: 'secret_vote_cast' }])
    expect(batch.state.anonymousBallots).toEqual(new Map([['one', { hash: 'hash of one', choices: picks('pizza') }]]))
    expect(batch.state.ballots).toEqual(new Map([['bob', { choices: [], revision: 2, counted: true }]]))
    expect([batch.votes, batch.poll.totalVotes]).toEqual([[0, 0, 0], 1])
  })

  test('is changed with its receipt, without an event', () => {
    const batch = secret({ method: 'multiple_choice' })
    batch.do(one.cast(bob, 'pizza'))
    const { lookup, hash } = one
    const choose = { by: cem, type: 'chooseOption', optionId: 'falafel', receipt: { lookup, hash } } as const
    expect(batch.do({ ...choose, isChosen: true })).toEqual([])
    expect(ballotsOf(batch)).toEqual([['one', ['pizza', 'falafel']]])
    batch.do({ ...choose, isChosen: false }, one.cast(bob, 'sushi', 'pizza'))
    expect(ballotsOf(batch)).toEqual([['one', ['pizza', 'sushi']]])
  })

  test('keeps its position in the box when cast again unchanged', () => {
    const batch = secret()
    batch.do(one.cast(bob, 'pizza'))
    const before = batch.state.anonymousBallots?.get('one')
    batch.do(one.cast(bob, 'pizza'))
    expect(batch.state.anonymousBallots?.get('one')).toBe(before)
    batch.do(one.cast(bob, 'sushi'))
    expect(batch.state.anonymousBallots?.get('one')).not.toBe(before)
  })

  test('needs a receipt, and its own one after the first vote', () => {
    const batch = secret()
    expect(batch.submit(cast(bob, 'pizza'))).toEqual(refused('receipt_required', 'receipt'))
    batch.do(one.cast(bob, 'pizza'))
    expect(batch.submit(two.cast(bob, 'sushi'))).toEqual(refused('receipt_required', 'receipt'))
    expect(batch.submit(withdraw(bob, two))).toEqual(refused('receipt_required', 'receipt'))
    expect(batch.submit({ by: bob, type: 'withdrawVote' })).toEqual(refused('receipt_required', 'receipt'))
    expect(batch.submit(withdraw(cem, one))).toEqual(refused('forbidden'))
    expect(batch.do(withdraw(cem, two), { by: cem, type: 'withdrawVote' })).toEqual([])
    expect(ballotsOf(batch)).toEqual([['one', ['pizza']]])
  })

  test('is withdrawn with its receipt', () => {
    const batch = secret()
    batch.do(one.cast(bob, 'pizza'), two.cast(cem, 'sushi'))
    expect(batch.do(withdraw(bob, one))).toEqual([{ type: 'secret_vote_withdrawn' }])
    expect([ballotsOf(batch), [...batch.state.ballots.keys()], batch.poll.totalVotes]).toEqual([
      [['two', ['sushi']]],
      ['cem'],
      1,
    ])
    expect(batch.do(three.cast(bob, 'pizza'))).toHaveLength(1)
  })

  test('is limited to 50,000 in a poll', () => {
    const batch = secret()
    batch.poll.totalVotes = 49_999
    expect(batch.do(one.cast(bob, 'pizza'))).toHaveLength(1)
    expect(batch.submit(two.cast(cem, 'pizza'))).toEqual(refused('ballots_full'))
    expect(batch.submit(two.cast(cem, 'pizza'))).toMatchObject({ message: expect.stringContaining('50,000') })
  })

  test('is final if votes are, except for additions', () => {
    const batch = secret({ votesFinal: true, method: 'multiple_choice' })
    batch.do(one.cast(bob, 'pizza'), one.cast(bob, 'pizza'))
    expect(batch.submit(one.cast(bob, 'sushi'))).toEqual(refused('vote_final'))
    expect(batch.submit(withdraw(bob, one))).toEqual(refused('vote_final'))
    batch.do(one.cast(bob, 'pizza', 'sushi'))
    expect(ballotsOf(batch)).toEqual([['one', ['pizza', 'sushi']]])
  })

  test('cannot be set aside later', () => {
    const batch = secret()
    batch.do(one.cast(bob, 'pizza'))
    const limit: Command = { by: ann, type: 'edit', votersSignedIn: true }
    expect(batch.submit(limit)).toEqual(refused('poll_has_votes', 'votersSignedIn'))
    expect(batch.submit(limit)).toMatchObject({ message: expect.stringMatching(/^Secret votes are in the ballot box/) })
  })

  test('returns the ballot only with its receipt, else only that the person voted', () => {
    const batch = secret()
    expect(batch.submit(one.cast(bob, 'pizza'))).toMatchObject({ choices: picks('pizza'), hasVoted: true })
    const comment: Command = { by: bob, type: 'comment', body: 'Hm' }
    expect(batch.submit(comment)).toMatchObject({ choices: [], hasVoted: true })
    expect(batch.submit({ ...comment, by: cem })).toMatchObject({ choices: [], hasVoted: false })
  })

  test('is refused if its box is not loaded', () => {
    const { state } = secret()
    const { poll, ballots } = state
    expect(() => storeAnonymousBallot({ poll, ballots }, one.cast(bob, 'pizza'))).toThrow(
      'The ballots of anonymous poll poll must be loaded to vote in it.',
    )
    expect(() => closing({ poll: { ...poll, totalVotes: 3 }, ballots })).toThrow(
      'All ballots of poll poll must be loaded to count them.',
    )
    expect(() => closing({ ...state, poll: { ...poll, totalVotes: 3 } })).toThrow('must be loaded')
  })
})

describe('closing an anonymous poll', () => {
  const three_ = () => [one.cast(ann, 'sushi', 'pizza'), two.cast(bob, 'sushi'), three.cast(cem, 'falafel')]

  test('opens the ballots, and counts them like open votes', () => {
    const batch = secret({ method: 'ranked' })
    batch.do(...three_())
    expect(batch.do(close)).toEqual([
      {
        type: 'closed',
        outcome: { kind: 'winner', options: ['sushi'], votes: 2 },
        tally: [
          { id: 'pizza', votes: 0, maybes: 0 },
          { id: 'sushi', votes: 2, maybes: 0 },
          { id: 'falafel', votes: 1, maybes: 0 },
        ],
      },
    ])
    expect([batch.votes, batch.poll.totalVotes]).toEqual([[0, 2, 1], 3])
    expect(batch.submit(reopen)).toEqual(refused('ballots_published'))
  })

  test('counts one choice of each single-choice ballot', () => {
    const batch = secret()
    batch.do(one.cast(ann, 'sushi'), two.cast(bob, 'sushi'), three.cast(cem, 'falafel'))
    expect(batch.do(close)).toMatchObject([{ outcome: { kind: 'winner', options: ['sushi'], votes: 2 } }])
  })

  test('opens no fewer ballots than the quorum, and such a poll can be reopened', () => {
    const batch = secret({ quorum: 4 })
    batch.do(one.cast(ann, 'sushi'), two.cast(bob, 'sushi'), three.cast(cem, 'falafel'))
    expect(batch.do(close)).toEqual([{ type: 'closed', outcome: { kind: 'no_quorum', options: [], votes: 0 } }])
    expect(batch.votes).toEqual([0, 0, 0])
    expect(batch.do(reopen)).toEqual([{ type: 'reopened' }])
  })

  test('opens ballots only of a closed anonymous poll with enough of them', () => {
    const batch = secret()
    const of = (change: object) => areBallotsOpened({ ...batch.poll, status: 'closed', totalVotes: 3, ...change })
    expect(of({})).toBe(true)
    expect(of({ status: 'open' })).toBe(false)
    expect(of({ anonymous: false })).toBe(false)
    expect(of({ totalVotes: 2 })).toBe(false)
    expect(of({ quorum: null, totalVotes: 2 })).toBe(false)
    expect(of({ quorum: null })).toBe(true)
    expect(of({ quorum: 4 })).toBe(false)
  })
})

describe('a guest who voted in an anonymous poll', () => {
  const merge = (by: Command['by'], guest: Command['by']): Command => ({ by, type: 'mergeGuest', guest })

  test('counts as voted after the sign-in, without a trace in the log', () => {
    const batch = secret()
    batch.do(one.cast(cem, 'pizza'))
    const theirs = batch.state.ballots.get('cem')
    expect(batch.do(merge(bob, cem))).toEqual([])
    expect([...batch.state.ballots]).toEqual([['bob', theirs]])
    expect(ballotsOf(batch)).toEqual([['one', ['pizza']]])
  })

  test('keeps both ballots after voting twice', () => {
    const batch = secret()
    batch.do(one.cast(bob, 'pizza'), two.cast(cem, 'sushi'), merge(bob, cem))
    expect([...batch.state.ballots]).toEqual([['bob', { choices: [], revision: 2, counted: true }]])
    expect(ballotsOf(batch)).toHaveLength(2)
    expect(batch.poll.totalVotes).toBe(2)
  })

  test('has no vote without a ballot, and keeps it in a merge with the same person', () => {
    const batch = secret()
    batch.do(one.cast(bob, 'pizza'), merge(bob, bob), merge(ann, cem))
    expect([...batch.state.ballots.keys()]).toEqual(['bob'])
    const open = new OneBatch()
    open.do(cast(cem, 'pizza'), merge(bob, cem))
    expect(open.state.ballots.get('bob')?.choices).toEqual(picks('pizza'))
  })
})
