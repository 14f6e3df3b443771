import { describe, expect, test } from 'vitest'
import type { EventFacts } from '../../../src/polls/model/events.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import {
  areResultsHidden,
  areVotesHidden,
  expectPublishedBallots,
  expectResults,
  isActorHidden,
  seenBy,
  shownFacts,
  untilWhen,
} from '../../../src/polls/rules/visibility.ts'
import { OneBatch, refused } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { bob } from '../../support/poll-log.ts'

const poll = (change: Partial<Poll> = {}): Poll => ({ ...new OneBatch().poll, ...change })
const hidden = poll({ resultsVisible: 'after_closing' })
const afterVoting = poll({ resultsVisible: 'after_voting' })
const secret = poll({ resultsVisible: 'after_closing', anonymous: true, quorum: 3 })
const opened: Poll = { ...secret, status: 'closed', totalVotes: 3 }
const tooFew: Poll = { ...secret, status: 'closed', totalVotes: 2 }
const refusalOf = (check: () => void) => {
  try {
    check()
  } catch (error) {
    return error
  }
  return undefined
}

test.each<[string, Poll, results: boolean, votes: boolean]>([
  ['in most polls', poll(), false, false],
  ['until closing', hidden, true, true],
  ['until voting', afterVoting, true, true],
  ['until closing, closed', { ...hidden, status: 'closed' }, false, false],
  ['until voting, closed', { ...afterVoting, status: 'closed' }, false, false],
  ['secret', secret, true, true],
  ['secret and opened', opened, false, true],
  ['secret, of too few', tooFew, true, true],
])('hidden results and votes: %s', (_what, one, results, votes) => {
  expect([areResultsHidden(one), areVotesHidden(one)]).toEqual([results, votes])
})

test('a voter sees what only voters may see, and nothing else', () => {
  expect(seenBy(afterVoting, picks('pizza'))).toEqual({ ...afterVoting, resultsVisible: 'always' })
  expect(seenBy(afterVoting, [])).toBe(afterVoting)
  expect(seenBy(hidden, picks('pizza'))).toBe(hidden)
})

test('a request for hidden results is refused with the reason', () => {
  expect(refusalOf(() => expectResults(poll()))).toBeUndefined()
  expect(refusalOf(() => expectResults(hidden))).toMatchObject({
    code: 'results_hidden',
    message: 'The results are hidden until the poll is closed.',
  })
  expect(refusalOf(() => expectResults(afterVoting))).toMatchObject({
    message: 'The results are hidden until you have voted, or the poll is closed.',
  })
  expect(refusalOf(() => expectResults(tooFew))).toEqual(refused('results_hidden'))
  expect(refusalOf(() => expectResults(tooFew))).toMatchObject({ message: expect.stringMatching(/^Too few people/) })
  expect(untilWhen(hidden)).toBe('the poll is closed')
})

test('ballots of an opened anonymous poll are published', () => {
  expect(refusalOf(() => expectPublishedBallots(poll()))).toEqual(refused('not_found'))
  expect(refusalOf(() => expectPublishedBallots(secret))).toMatchObject({ code: 'results_hidden' })
  expect(refusalOf(() => expectPublishedBallots(opened))).toBeUndefined()
})

test('the author of an anonymous vote is hidden, and so is a guest who signs in later', () => {
  expect(isActorHidden('secret_vote_cast', secret)).toBe(true)
  expect(isActorHidden('secret_vote_withdrawn', secret)).toBe(true)
  expect(isActorHidden('guest_merged', secret)).toBe(true)
  expect(isActorHidden('guest_merged', hidden)).toBe(false)
  expect(isActorHidden('voted', hidden)).toBe(false)
  expect(isActorHidden('commented', secret)).toBe(false)
})

describe('an event', () => {
  const merged: EventFacts = {
    type: 'guest_merged',
    guest: bob,
    guestChoices: picks('pizza'),
    from: picks('sushi'),
    to: picks('pizza'),
  }
  const ballot = (...choices: string[]) => [{ personId: 'bob', choices: picks(...choices) }]

  test.each<[EventFacts, object]>([
    [{ type: 'voted', choices: picks('pizza') }, { choices: [] }],
    [{ type: 'vote_counted', choices: picks('pizza') }, { choices: [] }],
    [
      { type: 'vote_changed', from: picks('pizza'), to: picks('sushi') },
      { from: [], to: [] },
    ],
    [{ type: 'vote_withdrawn', from: picks('pizza') }, { from: [] }],
    [merged, { guestChoices: [], from: [], to: [] }],
    [{ type: 'edited', uncounted: ballot('pizza') }, { uncounted: ballot() }],
    [{ type: 'edited', recounted: ballot('pizza') }, { recounted: ballot() }],
    [{ type: 'voter_list_changed', voters: { from: 2, to: 1 }, uncounted: ballot('pizza') }, { uncounted: ballot() }],
    [{ type: 'voter_list_changed', voters: { from: 2, to: 1 } }, {}],
    [{ type: 'edited', title: { from: 'A', to: 'B' } }, {}],
    [{ type: 'closed', outcome: { kind: 'winner', options: ['pizza'], votes: 1 } }, {}],
    [{ type: 'commented', body: 'Hm' }, {}],
  ])('%j hides votes only while they are hidden', (facts, without) => {
    expect(shownFacts(facts, hidden)).toEqual({ ...facts, ...without })
    expect(shownFacts(facts, poll())).toBe(facts)
  })

  test('of a guest in an anonymous poll names nobody', () => {
    expect(shownFacts(merged, opened)).toMatchObject({ guest: { id: '', name: 'somebody' } })
  })
})
