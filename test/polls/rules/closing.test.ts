import { describe, expect, test } from 'vitest'
import { closingEarly, mayCloseEarly } from '../../../src/polls/rules/closing.ts'
import { closingOnTime, isDue } from '../../../src/polls/rules/closing-time.ts'
import { cast, close, OneBatch, reopen } from '../../support/one-batch.ts'
import { ann, bob, cem, noon } from '../../support/poll-log.ts'

const kinds = (facts: readonly { type: string }[]) => facts.map(({ type }) => type)

describe('a poll with expected voters', () => {
  test.each(['single_choice', 'ranked'] as const)('as a %s closes with the last vote', (method) => {
    const batch = new OneBatch({ electorate: 2, method })
    expect(kinds(batch.do(cast(ann, 'pizza')))).toEqual(['voted'])
    const [, closed] = batch.do(cast(bob, 'pizza'))
    const outcome = { kind: 'winner', options: ['pizza'], votes: 2 }
    expect(closed).toEqual({ type: 'closed', early: 'all_voted', outcome })
    expect(batch.events.at(-1)).toMatchObject({ actor: ann, at: noon })
  })

  test('stays open after a reopening, even if everybody votes', () => {
    const batch = new OneBatch({ electorate: 2 })
    batch.do(cast(ann, 'pizza'), cast(bob, 'sushi'), reopen)
    expect(batch.poll.electorate).toBeNull()
    expect(kinds(batch.do(cast(cem, 'sushi')))).toEqual(['voted'])
  })

  test('stays open if votes can change, are anonymous, or have several choices', () => {
    const final = { electorate: 3, votesFinal: true } as const
    for (const [asked, isDecided] of [
      [final, true],
      [{ ...final, votesFinal: false }, false],
      [{ ...final, method: 'multiple_choice' }, false],
      [{ ...final, electorate: 4 }, false],
      [{ ...final, quorum: 3 }, false],
      [{ ...final, quorum: 2 }, true],
    ] as const) {
      const batch = new OneBatch(asked)
      const facts = batch.do(cast(ann, 'sushi'), cast(bob, 'sushi'))
      expect([asked, facts.at(-1)]).toMatchObject([asked, isDecided ? { early: 'decided' } : { type: 'voted' }])
    }
    const { state } = new OneBatch({ electorate: 3, votesFinal: true })
    state.poll.totalVotes = 2
    const [first] = state.poll.options
    if (first) first.votes = 2
    expect(closingEarly({ ...state, poll: { ...state.poll, anonymous: true } })).toBeUndefined()
  })

  test('closes early for the final leader, even if another option led first', () => {
    const batch = new OneBatch({ electorate: 5, votesFinal: true })
    expect(kinds(batch.do(cast(ann, 'sushi'), cast(bob, 'falafel')))).toEqual(['voted', 'voted'])
    expect(kinds(batch.do(cast(cem, 'falafel')))).toEqual(['voted'])
    const [, closed] = batch.do(cast({ id: 'dan', name: 'Dan' }, 'falafel'))
    expect(closed).toMatchObject({ early: 'decided', outcome: { options: ['falafel'] } })
  })

  test('is not closed early when closed or deleted', () => {
    const { state } = new OneBatch({ electorate: 1 })
    const of = (change: object) => closingEarly({ ...state, poll: { ...state.poll, totalVotes: 1, ...change } })
    expect(of({})).toMatchObject({ early: 'all_voted' })
    expect(of({ status: 'closed' })).toBeUndefined()
    expect(of({ deletedAt: noon })).toBeUndefined()
    expect(of({ electorate: null })).toBeUndefined()
  })

  test('may close early in a batch with enough votes for the rest', () => {
    const { poll } = new OneBatch({ electorate: 3 })
    expect([1, 2, 3, 4].map((more) => mayCloseEarly(poll, more))).toEqual([false, false, true, true])
    expect(mayCloseEarly({ ...poll, totalVotes: 2 }, 1)).toBe(true)
    expect(mayCloseEarly({ ...poll, electorate: null }, 9)).toBe(false)
  })
})

describe('a closing time', () => {
  const inAnHour = 3_600_000
  const timed = () => new OneBatch({ closesAt: '2026-03-14T13:00:00Z' })

  test('closes the poll at that moment, before any later command', () => {
    const batch = timed()
    batch.do(cast(bob, 'pizza'))
    batch.goTo(inAnHour - 1)
    batch.do(cast(bob, 'sushi'))
    batch.goTo(inAnHour + 5_000)
    expect(batch.submit(cast(bob, 'falafel'))).toMatchObject({ code: 'poll_closed' })
    const closed = { type: 'closed', onTime: true, outcome: { kind: 'winner', options: ['sushi'], votes: 1 } }
    expect(batch.events.at(-1)).toEqual({
      revision: 4,
      actor: ann,
      at: new Date('2026-03-14T13:00:00Z'),
      facts: closed,
    })
  })

  test('is over after a later reopening, and pending after an earlier one', () => {
    const batch = timed()
    batch.do(close, reopen)
    expect(batch.poll.closesAt).not.toBeNull()
    batch.goTo(inAnHour)
    batch.do({ by: ann, type: 'closeOnTime' }, reopen)
    expect(batch.poll).toMatchObject({ status: 'open', closesAt: null })
    expect(batch.do({ by: ann, type: 'closeOnTime' })).toEqual([])
  })

  test('is due at its exact millisecond, for an open poll', () => {
    const { poll } = timed()
    const at = new Date('2026-03-14T13:00:00Z')
    expect(isDue(poll, at)).toBe(true)
    expect(isDue(poll, new Date(at.getTime() - 1))).toBe(false)
    expect(isDue({ ...poll, status: 'closed' }, at)).toBe(false)
    expect(isDue({ ...poll, deletedAt: noon }, at)).toBe(false)
    expect(isDue({ ...poll, closesAt: null }, at)).toBe(false)
    expect(closingOnTime({ ...timed().state }, noon)).toBeUndefined()
  })

  test('can be at most 1,000 days ahead', () => {
    const edit = (closesAt: string) => new OneBatch().submit({ by: ann, type: 'edit', closesAt })
    expect(edit('2028-12-08T12:00:00.000Z')).toMatchObject({ events: [{ facts: { type: 'edited' } }] })
    expect(edit('2028-12-08T12:00:00.001Z')).toMatchObject({
      message: 'The closing time is too far away: it can be at most 1,000 days ahead.',
    })
    expect(edit('2026-03-14T12:00:00.000Z')).toMatchObject({ message: expect.stringContaining('is in the past') })
  })
})

test('the time within a poll never decreases', () => {
  const batch = new OneBatch()
  batch.goTo(5_000)
  batch.do(cast(bob, 'pizza'))
  batch.goTo(-5_000)
  batch.do(cast(bob, 'sushi'))
  const [, first, second] = batch.events
  expect(first?.at).toEqual(new Date(noon.getTime() + 5_000))
  expect(second?.at).toEqual(first?.at)
})
