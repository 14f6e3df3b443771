import { expect } from 'vitest'
import { maxSingleVotes, messageUuid } from '../../src/chat/delivery/messages.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { InboxEntry } from '../../src/sandbox/state/types.ts'
import type { LoggedEvent } from './api-calls.ts'
import { type Paired, postedBy } from './flowdock-app.ts'

/** The events of each poll, by its id. */
export type Logs = Map<string, LoggedEvent[]>
/** A message that arrived, and the poll and the last event that it stands for. */
type DeliveredMessage = { pollId: string; revision: number; message: InboxEntry }

/** The uuid of a message identifies its poll and revision. */
function deliveredBy(sandbox: Sandbox, paired: Paired, logs: Logs): DeliveredMessage[] {
  const targets = new Map<string, Omit<DeliveredMessage, 'message'>>()
  for (const [pollId, log] of logs) {
    for (let revision = 1; revision <= log.length; revision++) {
      targets.set(messageUuid(paired.id, pollId, revision), { pollId, revision })
    }
  }
  return postedBy(sandbox, paired).map((message) => {
    const target = targets.get(message.uuid ?? '')
    if (!target) throw new Error(`Unknown message ${message.uuid}.`)
    return { ...target, message }
  })
}

/** Waits at most 30 seconds. */
export async function untilAllDelivered(sandbox: Sandbox, paired: Paired, logs: Logs): Promise<void> {
  for (const [pollId, log] of logs) {
    const last = () => deliveredBy(sandbox, paired, logs).findLast((delivered) => delivered.pollId === pollId)?.revision
    await expect.poll(last, { timeout: 30_000 }).toBe(log.length)
  }
}

/** Expects every event once and in order, but a message may repeat the one before. Resolves to the number of repeats. */
export function repeatsAmong(sandbox: Sandbox, paired: Paired, logs: Logs): number {
  let repeats = 0
  for (const [pollId, log] of logs) {
    let before: DeliveredMessage | undefined
    for (const delivered of deliveredBy(sandbox, paired, logs).filter((one) => one.pollId === pollId)) {
      if (delivered.revision === before?.revision) {
        repeats += 1
        const { title, body, author, event } = before.message
        expect(delivered.message).toMatchObject({ title, body, author, event })
      } else {
        expectTellsOf(delivered, log.slice(before?.revision ?? 0, delivered.revision))
      }
      before = delivered
    }
  }
  return repeats
}

const voting = ['voted', 'vote_changed', 'vote_withdrawn']

/** The message names the author of one event or of several votes, or the number of people of several votes. */
function expectTellsOf({ message }: DeliveredMessage, events: LoggedEvent[]): void {
  const people = new Map(events.map(({ actor }) => [actor.id, actor]))
  const [actor, ...others] = [...people.values()]
  if (actor && others.length === 0) {
    const { name, isGuest } = actor
    expect(message.author.name).toBe(isGuest ? `${name} (guest)` : name)
  } else {
    expect(message.author.name).toBe(`${people.size} people`)
  }
  if (events.length === 1) return
  expect(events.map(({ type }) => type).filter((type) => !voting.includes(type))).toEqual([])
  expect(people.size < events.length || events.length > maxSingleVotes).toBe(true)
}
