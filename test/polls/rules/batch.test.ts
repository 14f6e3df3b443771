import { describe, expect, test } from 'vitest'
import { type Idempotency, lockedNewPoll } from '../../../src/polls/ballot-box/batch.ts'
import { decideSubmission } from '../../../src/polls/ballot-box/decide-batch.ts'
import { apply } from '../../../src/polls/rules/apply.ts'
import { cast, close, OneBatch, refused } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob, cem, lunch, noon } from '../../support/poll-log.ts'

const once = (fingerprint: string, more: Partial<Idempotency> = {}): Idempotency => ({
  key: 'key',
  fingerprint,
  answer: ({ poll }) => `at ${poll.revision}`,
  ...more,
})

describe('a command with a key', () => {
  test('runs once, and returns the same again', () => {
    const batch = new OneBatch()
    expect(batch.submit(cast(bob, 'pizza'), once('pizza'))).toEqual({ stored: 'at 2' })
    batch.do(cast(cem, 'sushi'))
    expect(batch.submit(cast(bob, 'pizza'), once('pizza'))).toEqual({ stored: 'at 2' })
    expect(batch.events).toHaveLength(3)
    expect(batch.submit(cast(bob, 'sushi'), once('sushi'))).toEqual(refused('idempotency_key_reused'))
  })

  test('has a key of its author, separate from other people’s', () => {
    const batch = new OneBatch()
    batch.submit(cast(bob, 'pizza'), once('pizza'))
    expect(batch.submit(cast(cem, 'pizza'), once('pizza'))).toEqual({ stored: 'at 3' })
    expect(batch.submit(cast(cem, 'sushi'), once('sushi', { owner: 'a token' }))).toEqual({ stored: 'at 4' })
    expect(batch.submit(cast(bob, 'sushi'), once('sushi', { owner: 'a token' }))).toEqual({ stored: 'at 4' })
  })

  test('that is refused leaves the key unused, unless refusals are kept', () => {
    const batch = new OneBatch()
    const late = { ...cast(bob, 'pizza'), ifRevision: 9 }
    expect(batch.submit(late, once('late'))).toMatchObject({ code: 'revision_mismatch' })
    const kept = once('late', { refused: ({ code }) => `No: ${code}` })
    expect(batch.submit(late, kept)).toEqual({ stored: 'No: revision_mismatch', refused: 'revision_mismatch' })
    expect(batch.submit(late, kept)).toEqual({ stored: 'No: revision_mismatch' })
    expect(batch.submit(late, once('other'))).toEqual(refused('idempotency_key_reused'))
  })
})

test('a key is stored with the batch that used it first', () => {
  const batch = { polls: new Map(), keys: new Map(), now: noon }
  batch.polls.set('poll', lockedNewPoll())
  decideSubmission(batch, { pollId: 'poll', command: lunch, idempotency: once('lunch') })
  const kept = { owner: 'ann', key: 'key', fingerprint: 'lunch', answer: 'at 1', isNew: true }
  expect([...batch.keys]).toEqual([['ann key', kept]])
})

describe('a command’s result', () => {
  test('has the command’s own events, and the ballot', () => {
    const batch = new OneBatch({ electorate: 1 })
    const given = batch.submit(cast(bob, 'pizza'))
    expect(given).toMatchObject({ choices: picks('pizza'), hasVoted: true, poll: { status: 'closed', revision: 3 } })
    expect(given).toMatchObject({ events: [{ revision: 2, actor: bob, facts: { type: 'voted' } }] })
    expect(batch.events).toHaveLength(3)
    expect(batch.submit({ by: cem, type: 'comment', body: 'Hm' })).toMatchObject({ choices: [], hasVoted: false })
  })

  test('of an unchanging command has no event, and closes nothing', () => {
    const batch = new OneBatch()
    batch.do(cast(bob, 'pizza'))
    batch.poll.electorate = 1
    expect(batch.submit(cast(bob, 'pizza'))).toMatchObject({ events: [], choices: picks('pizza') })
    expect(batch.poll.status).toBe('open')
    expect(batch.do({ by: bob, type: 'comment', body: 'Hm' })).toMatchObject([
      { type: 'commented' },
      { type: 'closed' },
    ])
  })

  test('exists only for polls of the batch', () => {
    const batch = { polls: new Map(), keys: new Map(), now: noon }
    expect(() => decideSubmission(batch, { pollId: 'elsewhere', command: close })).toThrow(
      'Poll elsewhere is not part of this batch.',
    )
  })
})

describe('a log', () => {
  test('has consecutive revisions, and one beginning', () => {
    const commented = { type: 'commented', body: 'Hm' } as const
    const event = (revision: number) => ({ revision, actor: ann, at: noon, facts: commented })
    const { state } = new OneBatch()
    expect(() => apply(state, event(3))).toThrow('Event 3 does not follow revision 1.')
    expect(() => apply(state, event(1))).toThrow('Event 1 does not follow revision 1.')
    const { by: _, ...asked } = lunch
    const again = { ...event(2), facts: { ...asked, type: 'created' as const } }
    expect(() => apply(state, again)).toThrow('"created" can only be the first event of a log.')
  })

  test('updates the time of the last activity', () => {
    const batch = new OneBatch()
    batch.goTo(1_000)
    batch.do({ by: bob, type: 'comment', body: 'Hm' })
    expect(batch.poll.lastActivityAt).toEqual(new Date(noon.getTime() + 1_000))
    expect(batch.poll.createdAt).toEqual(noon)
  })

  test('keeps fields that an edit leaves out', () => {
    const batch = new OneBatch()
    batch.do({ by: ann, type: 'edit', description: 'On Monday.', optionsOpen: false })
    expect(batch.poll).toMatchObject({ title: lunch.title, description: 'On Monday.', category: 'Food' })
    batch.do({ by: ann, type: 'edit', title: 'Dinner?', category: 'Other' })
    expect(batch.poll).toMatchObject({ title: 'Dinner?', description: 'On Monday.', optionsOpen: false })
    batch.do({ by: ann, type: 'edit', description: 'On Sunday.' })
    expect(batch.poll).toMatchObject({ title: 'Dinner?', description: 'On Sunday.', category: 'Other' })
  })
})
