import type { PollChange } from '../../src/live/live.ts'
import { ann, lunchAfter } from './poll-log.ts'

/** A change of a poll from one revision to another, by a comment. */
export function pollChange(pollId: string, previous: number, revision: number): PollChange {
  const events = Array.from({ length: revision - previous }, (_, index) => ({
    revision: previous + index + 1,
    actor: ann,
    at: new Date(0),
    facts: { type: 'commented', body: '' } as const,
  }))
  return { poll: { ...lunchAfter().poll, id: pollId, revision }, events, previous }
}
