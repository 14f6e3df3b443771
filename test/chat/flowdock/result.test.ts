import { describe, expect, test } from 'vitest'
import type { ActionGoal } from '../../../src/chat/flowdock/action-request.ts'
import { done, refused } from '../../../src/chat/flowdock/actions/result.ts'
import { Refusal, type RefusalCode } from '../../../src/errors.ts'
import type { CommandResult } from '../../../src/polls/ballot-box/batch.ts'
import type { Command } from '../../../src/polls/model/commands.ts'
import { cast, close, OneBatch, reopen } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { bob } from '../../support/poll-log.ts'

const actionRequest = (goal: ActionGoal, offeredAtRevision = 1) => ({ pollId: 'poll', goal, offeredAtRevision })
const of = (kind: 'ballot' | 'off-ballot', optionId: string): ActionGoal => ({ kind, optionId })
const choose = (optionId: string, isChosen = true): Command => ({ by: bob, type: 'chooseOption', optionId, isChosen })
const withdraw: Command = { by: bob, type: 'withdrawVote' }
const dated = { method: 'dates', options: [{ id: 'd', title: '2026-12-24' }] } as const

describe('the result says what was done:', () => {
  test.each<[object, Command[], ActionGoal, Command, string]>([
    [{}, [], of('ballot', 'pizza'), choose('pizza'), 'You voted for Pizza.'],
    [{}, [cast(bob, 'pizza')], of('ballot', 'pizza'), choose('pizza'), 'You voted for Pizza.'],
    [{}, [cast(bob, 'pizza')], of('ballot', 'sushi'), choose('sushi'), 'You changed your vote from Pizza to Sushi.'],
    [
      { method: 'multiple_choice' },
      [cast(bob, 'pizza')],
      of('ballot', 'sushi'),
      choose('sushi'),
      'Your vote is now Pizza and Sushi.',
    ],
    [
      { method: 'multiple_choice' },
      [cast(bob, 'pizza', 'sushi')],
      of('off-ballot', 'sushi'),
      choose('sushi', false),
      'Your vote is now Pizza.',
    ],
    [
      { method: 'multiple_choice' },
      [cast(bob, 'pizza')],
      of('off-ballot', 'pizza'),
      choose('pizza', false),
      'Your vote for Pizza is withdrawn.',
    ],
    [
      { method: 'multiple_choice' },
      [cast(bob, 'pizza')],
      of('off-ballot', 'sushi'),
      choose('sushi', false),
      'You have no vote for Sushi.',
    ],
    [
      { method: 'ranked' },
      [cast(bob, 'sushi')],
      of('ballot', 'pizza'),
      choose('pizza'),
      'Your ranking is Sushi and Pizza.',
    ],
    [{ method: 'ranked' }, [cast(bob, 'sushi')], { kind: 'no-ballot' }, withdraw, 'Your ranking is withdrawn.'],
    [{ method: 'score' }, [cast(bob, 'sushi=3')], { kind: 'no-ballot' }, withdraw, 'Your points are withdrawn.'],
    [dated, [cast(bob, 'd=yes')], { kind: 'no-ballot' }, withdraw, 'Your answer is withdrawn.'],
    [{}, [cast(bob, 'sushi')], { kind: 'no-ballot' }, withdraw, 'Your vote for Sushi is withdrawn.'],
    [{}, [], { kind: 'no-ballot' }, withdraw, 'You have no vote in this poll.'],
    [{}, [], { kind: 'closed' }, close, 'You closed the poll.'],
    [{}, [close], { kind: 'closed' }, close, 'The poll is closed already.'],
    [{}, [close], { kind: 'open' }, reopen, 'You reopened the poll.'],
    [{}, [], { kind: 'open' }, reopen, 'The poll is open already.'],
  ])('%j %j %j', (asked, before, goal, command, text) => {
    const batch = new OneBatch(asked)
    batch.do(...before)
    expect(done(actionRequest(goal), batch.submit(command) as CommandResult)).toMatchObject({ status: 200, text })
  })

  test('an older thread is outdated after an action that changed nothing', () => {
    const batch = new OneBatch()
    batch.do(close)
    const given = batch.submit(close) as CommandResult
    expect(done(actionRequest({ kind: 'closed' }, 1), given).isStale).toBe(true)
    expect(done(actionRequest({ kind: 'open' }, 1), given).isStale).toBe(true)
    expect(done(actionRequest({ kind: 'closed' }, 2), given).isStale).toBe(false)
    expect(done(actionRequest({ kind: 'no-ballot' }, 1), given).isStale).toBe(false)
    const reopened = batch.submit(reopen) as CommandResult
    expect(done(actionRequest({ kind: 'open' }, 1), reopened).isStale).toBe(false)
  })

  test('a long title is cut, and a missing option has a placeholder', () => {
    const batch = new OneBatch({ options: [{ id: 'long', title: 'x'.repeat(200) }] })
    const given = batch.submit(choose('long')) as CommandResult
    const { text } = done(actionRequest(of('ballot', 'long')), given)
    expect(text).toBe(`You voted for ${'x'.repeat(79)}….`)
    const gone = { ...given, choices: picks('gone') }
    expect(done(actionRequest(of('ballot', 'gone')), gone).text).toBe('You voted for an option.')
  })
})

test.each<[RefusalCode, number, string, boolean]>([
  ['poll_closed', 409, 'No.', true],
  ['gone', 410, 'No.', true],
  ['option_renamed', 409, 'No.', true],
  ['title_changed', 409, 'No.', true],
  ['unknown_option', 410, 'This poll has no such option any more.', true],
  ['forbidden', 403, 'No.', false],
  ['vote_final', 409, 'No.', false],
])('a refusal for %s has the status %i, and says if the thread is outdated', (code, status, text, outdates) => {
  const refusal = new Refusal(code, 'No.', { revision: 5 })
  expect(refused(actionRequest({ kind: 'open' }, 5), refusal)).toEqual({ status, text, isStale: false, code })
  const stale = outdates ? `${text} Its thread is being brought up to date.` : text
  expect(refused(actionRequest({ kind: 'open' }, 4), refusal)).toEqual({ status, text: stale, isStale: outdates, code })
  expect(refused(actionRequest({ kind: 'open' }, 0), new Refusal(code, 'No.')).isStale).toBe(false)
})
