import fc from 'fast-check'
import { expect, test } from 'vitest'
import { entriesOf, gatherMs } from '../../src/chat/gathered-votes.ts'
import type { PollEvent } from '../../src/polls/model/events.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { endOf, entriesBefore } from '../../src/web/poll/entries.ts'
import { eventsOf as log } from '../support/events-of.ts'

const revisions = (entries: readonly (readonly PollEvent[])[]) =>
  entries.map((entry) => entry.map(({ revision }) => revision))
const inOrder = (letters: string, anonymous = false) => revisions(entriesOf(log(letters), { anonymous }))

test.each([
  ['nothing', '', []],
  ['each vote of another person', 'vvv', [[1], [2], [3]]],
  ['the changes of a person', 'AAAA', [[1, 2, 3, 4]]],
  ['the changes of two people at once', 'ABABcA', [[1, 3], [2, 4], [5], [6]]],
  ['what comes between a person’s votes', 'AcA', [[1], [2], [3]]],
])('the entries of %s', (_what, letters, expected) => {
  expect(inOrder(letters)).toEqual(expected)
})

test('changes that are further apart are two entries', () => {
  const apart = (ms: number) => log('AA').map((event, index) => ({ ...event, at: new Date(index * ms) }))
  expect(entriesOf(apart(gatherMs), { anonymous: false })).toHaveLength(1)
  expect(entriesOf(apart(gatherMs + 1), { anonymous: false })).toHaveLength(2)
})

test('the entries of an anonymous poll do not show which votes are the same person’s', () => {
  expect(inOrder('AAA', true)).toEqual([[1], [2], [3]])
})

test('votes that the creator sets aside one after the other are entries of their own', () => {
  const facts = { type: 'vote_set_aside', voter: { id: 'bob', name: 'Bob' }, choices: [], reason: 'Twice' } as const
  const events = log('cc').map((event) => ({ ...event, facts }))
  expect(revisions(entriesOf(events, { anonymous: false }))).toEqual([[1], [2]])
})

test('every event is in exactly one entry of exactly one page, however long the log', async () => {
  const letters = fc.string({ unit: fc.constantFrom('v', 'A', 'A', 'A', 'B', 'c'), minLength: 1, maxLength: 260 })
  await fc.assert(
    fc.asyncProperty(letters, fc.integer({ min: 1, max: 20 }), async (letters, limit) => {
      const events = log(letters)
      const poll = { id: 'lunch', revision: events.length, anonymous: false } as Poll
      const seen: PollEvent[] = []
      let before: number | undefined = events.length + 1
      while (before !== undefined) {
        const page = await entriesBefore(queriesOf(events), poll, { before, limit })
        expect(page.entries.length).toBeLessThanOrEqual(limit)
        expect(page.entries.map(endOf)).toEqual(page.entries.map(endOf).toSorted((one, other) => other - one))
        seen.push(...page.entries.flat())
        before = page.older
      }
      expect(seen.map(({ revision }) => revision).toSorted((one, other) => one - other)).toEqual(
        events.map(({ revision }) => revision),
      )
    }),
    { numRuns: 200 },
  )
})

test('a page reads few events, even if one person changes the vote for hours', async () => {
  const events = log('A'.repeat(2_000))
  const read: number[] = []
  const queries = queriesOf(events, (rows) => void read.push(rows.length))
  const poll = { id: 'lunch', revision: events.length, anonymous: false } as Poll
  const { entries, older } = await entriesBefore(queries, poll, { before: 1_926, limit: 20 })
  expect(read).toEqual([50, 50, 50, 50, 50])
  expect(older).toBe(1_701)
  expect(entries.map(endOf)).toEqual([1_900, 1_850, 1_800, 1_750])
})

/** As the database answers. */
function queriesOf(events: readonly PollEvent[], read: (rows: PollEvent[]) => void = () => {}) {
  return {
    events: async (_pollId: string, { before = 0, limit }: { before?: number; limit: number }) => {
      const rows = events
        .filter(({ revision }) => revision < before)
        .toReversed()
        .slice(0, limit)
      read(rows)
      return rows
    },
  }
}
