import { expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { cast, close, OneBatch, receipt, refused } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob, cem } from '../../support/poll-log.ts'

const aside = (voter = bob, by = ann): Command => ({ by, type: 'setVoteAside', voter, reason: 'Voted twice' })
const restore = (voter = bob, by = ann): Command => ({ by, type: 'restoreVote', voter })

test('a vote that the creator set aside does not count, and its voter cannot change that', () => {
  const batch = new OneBatch()
  batch.do(cast(bob, 'pizza'), cast(cem, 'sushi'))
  expect(batch.submit(aside(bob, cem))).toEqual(refused('forbidden'))
  expect(batch.do(aside())).toEqual([
    { type: 'vote_set_aside', voter: bob, choices: picks('pizza'), reason: 'Voted twice' },
  ])
  expect([batch.votes, batch.poll.totalVotes]).toEqual([[0, 1, 0], 1])
  expect(batch.do(aside())).toEqual([])
  expect(batch.submit(cast(bob, 'sushi'))).toEqual(refused('vote_set_aside'))
  expect(batch.do({ by: bob, type: 'countVote' })).toEqual([])
  expect(batch.do(restore())).toEqual([{ type: 'vote_restored', voter: bob, choices: picks('pizza') }])
  expect([batch.votes, batch.poll.totalVotes]).toEqual([[1, 1, 0], 2])
  expect(batch.do(restore())).toEqual([])
})

test('letting guests vote again does not count a vote that the creator set aside', () => {
  const batch = new OneBatch()
  const limit = (votersSignedIn: boolean): Command => ({ by: ann, type: 'edit', votersSignedIn })
  batch.do(cast(bob, 'pizza'), cast(cem, 'sushi'), aside(), limit(true), limit(false))
  expect([batch.votes, batch.poll.totalVotes]).toEqual([[0, 1, 0], 1])
})

test('a sign-in does not count a vote that the creator set aside', () => {
  const batch = new OneBatch()
  batch.do(cast(bob, 'pizza'), aside(), { by: cem, type: 'mergeGuest', guest: bob })
  expect(batch.votes).toEqual([0, 0, 0])
  expect(batch.state.ballots.get(cem.id)).toMatchObject({ counted: false, setAsideReason: 'Voted twice' })
})

test('an option that is full meanwhile takes no vote back', () => {
  const batch = new OneBatch({ capacity: 1 })
  batch.do(cast(bob, 'pizza'), aside(), cast(cem, 'pizza'))
  expect(batch.submit(restore())).toEqual(refused('option_full'))
})

test('no vote of a closed or an anonymous poll can be set aside', () => {
  const closed = new OneBatch()
  closed.do(cast(bob, 'pizza'), close)
  expect(closed.submit(aside())).toEqual(refused('poll_closed'))
  const anonymous = new OneBatch({ anonymous: true })
  anonymous.do(receipt('r').cast(bob, 'pizza'))
  expect(anonymous.submit(aside())).toEqual(refused('forbidden'))
  expect(new OneBatch().submit(aside())).toEqual(refused('not_found'))
})
