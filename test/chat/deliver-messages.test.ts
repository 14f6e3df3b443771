import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  lastRevision,
  type MessageEvents,
  maxSingleVotes,
  messageAgain,
  messagesOf,
  messageUuid,
} from '../../src/chat/delivery/messages.ts'
import { gatherMs, isVote } from '../../src/chat/gathered-votes.ts'
import { type EventKind, eventKinds, kindOf } from '../../src/chat/wording.ts'
import type { EventType, PollEvent } from '../../src/polls/model/events.ts'
import { eventsOf as log } from '../support/events-of.ts'

const all = () => true
const wants = (kinds: readonly EventKind[]) => (event: PollEvent) => kinds.includes(kindOf(event))
const revisions = (messages: readonly MessageEvents[]) => messages.map((told) => told.map(({ revision }) => revision))

describe('messages', () => {
  test.each([
    ['nothing', '', []],
    ['one for each event', 'evco', [[1], [2], [3], [4]]],
    ['one for each of a handful of votes', 'vvwvv', [[1], [2], [3], [4], [5]]],
    ['one for more votes than a handful', 'vvwvvv', [[1, 2, 3, 4, 5, 6]]],
    ['votes apart from what comes between them', 'vvvcvvv', [[1], [2], [3], [4], [5], [6], [7]]],
    ['two ballots becoming one apart from votes', 'vvvgvvv', [[1], [2], [3], [4], [5], [6], [7]]],
    ['a burst, then what comes after it', 'cvvvvvvc', [[1], [2, 3, 4, 5, 6, 7], [8]]],
    ['one for the changes of a person', 'AAAAAAAA', [[1, 2, 3, 4, 5, 6, 7, 8]]],
    ['one for each person', 'AAvBB', [[1, 2], [3], [4, 5]]],
    ['one for people who change in turn, and for votes between', 'vABAvBv', [[1], [2, 3, 4, 5, 6], [7]]],
    ['changes apart from what comes between them', 'AAcAA', [[1, 2], [3], [4, 5]]],
  ])('%s', (_what, letters, expected) => {
    expect(revisions(messagesOf(log(letters), all))).toEqual(expected)
  })

  test('changes that are further apart are two', () => {
    const apart = (ms: number) => log('AAA').map((event, index) => ({ ...event, at: new Date(index === 2 ? ms : 0) }))
    expect(revisions(messagesOf(apart(gatherMs), all))).toEqual([[1, 2, 3]])
    expect(revisions(messagesOf(apart(gatherMs + 1), all))).toEqual([[1, 2], [3]])
  })

  test('unwanted events are left out, and do not separate votes', () => {
    expect(revisions(messagesOf(log('vvvcvvv'), wants(['votes'])))).toEqual([[1, 2, 3, 5, 6, 7]])
    expect(revisions(messagesOf(log('vvvcvvv'), wants(['comments'])))).toEqual([[4]])
  })

  test('a message in flight keeps its votes, however many follow', () => {
    expect(revisions(messagesOf(log('vvvvvvvvv'), all, 1))).toEqual([[1], [2, 3, 4, 5, 6, 7, 8, 9]])
    expect(revisions(messagesOf(log('vvvvvvvvv'), all, 6))).toEqual([[1, 2, 3, 4, 5, 6], [7], [8], [9]])
    expect(revisions(messagesOf(log('vvv'), all, 3))).toEqual([[1, 2, 3]])
  })

  test('a message in flight mixes votes with no other event, even if the filter changes', () => {
    expect(revisions(messagesOf(log('vvcvvvvv'), all, 7))).toEqual([[1], [2], [3], [4], [5], [6], [7], [8]])
    expect(revisions(messagesOf(log('vvvvvv'), wants(['comments']), 6))).toEqual([])
  })
})

test.each([
  ['a vote', 'v', [1]],
  ['votes', 'vwvvvv', [1, 2, 3, 4, 5, 6]],
  ['votes, without what was between them and not wanted', 'vvvcvvv', [1, 2, 3, 5, 6, 7]],
  ['votes from both sides of what was not wanted', 'vcvvvvv', [1, 3, 4, 5, 6, 7]],
  ['a comment', 'c', [1]],
  ['a comment after votes that were not wanted', 'vvc', [3]],
  ['two ballots that became one', 'g', [1]],
])('a message of %s can be rebuilt', (_what, letters, expected) => {
  expect(messageAgain(log(letters))?.map(({ revision }) => revision)).toEqual(expected)
})

describe('for every log,', () => {
  const letters = fc.string({ unit: fc.constantFrom('v', 'v', 'v', 'v', 'w', 'A', 'B', 'c', 'o', 'e'), maxLength: 60 })
  const kinds = fc.subarray([...eventKinds])

  test('every wanted event is in exactly one message, in order', () => {
    fc.assert(
      fc.property(letters, kinds, (letters, kinds) => {
        const events = log(letters)
        expect(messagesOf(events, wants(kinds)).flat()).toEqual(events.filter(wants(kinds)))
      }),
    )
  })

  test('only votes share a message: more than a handful, or changes of one person', () => {
    fc.assert(
      fc.property(letters, kinds, (letters, kinds) => {
        for (const told of messagesOf(log(letters), wants(kinds))) {
          const isShared = new Set(told.map(({ actor }) => actor.id)).size < told.length
          const mayBe = told.every(isVote) && (told.length > maxSingleVotes || isShared)
          expect(told.length === 1 || mayBe).toBe(true)
        }
      }),
    )
  })

  test('no person has two messages of votes in a row', () => {
    fc.assert(
      fc.property(letters, kinds, (letters, kinds) => {
        const messages = messagesOf(log(letters), wants(kinds))
        for (const [index, told] of messages.slice(1).entries()) {
          const before = new Set(messages[index]?.filter(isVote).map(({ actor }) => actor.id))
          expect(told.filter(isVote).some(({ actor }) => before.has(actor.id))).toBe(false)
        }
      }),
    )
  })

  test('an interrupted delivery repeats messages unchanged and loses none', () => {
    const crashes = fc.array(fc.record({ accepted: fc.nat(8), happened: fc.nat(12) }), { maxLength: 8 })
    fc.assert(
      fc.property(letters, kinds, crashes, (letters, kinds, crashes) => {
        const { posted } = deliverWithCrashes(log(letters), wants(kinds), crashes)
        const distinct = new Map(posted.map((told) => [told.at(-1)?.revision, told]))
        for (const told of posted) expect(told).toEqual(distinct.get(told.at(-1)?.revision))
        expect([...distinct.values()].flat()).toEqual(log(letters).filter(wants(kinds)))
      }),
    )
  })
})

/**
 * Posts this many messages, then one more whose reply is lost, with `inFlightRevision` stored before; then starts
 * again.
 */
function deliverWithCrashes(
  events: PollEvent[],
  isWanted: (event: PollEvent) => boolean,
  crashes: { accepted: number; happened: number }[],
) {
  const posted: MessageEvents[] = []
  let place = 0
  let inFlightRevision: number | null = null
  let known = 0
  for (const { accepted, happened } of [...crashes, { accepted: events.length, happened: events.length }]) {
    known = Math.min(events.length, known + happened)
    const waiting: MessageEvents[] = messagesOf(events.slice(place, known), isWanted, inFlightRevision)
    for (const told of waiting.slice(0, accepted)) place = lastRevision(told)
    posted.push(...waiting.slice(0, accepted + 1))
    const lost = waiting[accepted]
    inFlightRevision = lost ? lastRevision(lost) : null
  }
  return { posted }
}

test.each<[EventKind, EventType[]]>([
  [
    'votes',
    [
      ...(['voted', 'vote_changed', 'vote_withdrawn', 'vote_counted', 'guest_merged'] as const),
      ...(['secret_vote_cast', 'secret_vote_withdrawn'] as const),
    ],
  ],
  ['comments', ['commented']],
  ['options', ['option_added', 'option_proposed', 'proposal_approved', 'proposal_dismissed', 'option_renamed']],
  ['lifecycle', ['created', 'edited', 'closed', 'reopened', 'archived', 'unarchived', 'deleted']],
])('a connection that wants %s gets %j', (kind, types) => {
  const event = (type: EventType) => ({ ...log('c')[0], facts: { type } }) as PollEvent
  expect(types.map((type) => kindOf(event(type)))).toEqual(types.map(() => kind))
})

describe('the uuid of a message', () => {
  test('is of version 8 and its variant, and always the same', () => {
    expect(messageUuid('here', 'lunch', 7)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(messageUuid('here', 'lunch', 7)).toBe(messageUuid('here', 'lunch', 7))
  })

  test('differs by connection, poll and revision', () => {
    const uuids = ['here', 'there'].flatMap((connection) =>
      ['lunch', 'dinner'].flatMap((poll) => [1, 2, 12].map((revision) => messageUuid(connection, poll, revision))),
    )
    expect(new Set(uuids).size).toBe(12)
  })
})
