import { expect } from 'vitest'
import { maxSingleVotes, messageUuid } from '../../src/chat/delivery/messages.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { InboxEntry } from '../../src/sandbox/state/types.ts'
import type { LoggedEvent } from './api-calls.ts'
import { type Paired, postedBy } from './flowdock-app.ts'

/** Of each poll, by id. */
export type Logs = Map<string, LoggedEvent[]>
/** A message of a connection, and the last event that it tells of. */
type Told = { pollId: string; revision: number; message: InboxEntry }

/** By the uuids, which say for what each message stands. */
function toldBy(sandbox: Sandbox, paired: Paired, logs: Logs): Told[] {
  const places = new Map<string, Omit<Told, 'message'>>()
  for (const [pollId, log] of logs) {
    for (let revision = 1; revision <= log.length; revision++) {
      places.set(messageUuid(paired.id, pollId, revision), { pollId, revision })
    }
  }
  return postedBy(sandbox, paired).map((message) => {
    const place = places.get(message.uuid ?? '')
    if (!place) throw new Error(`Nobody knows the message ${message.uuid}.`)
    return { ...place, message }
  })
}

/** Within half a minute. */
export async function untilAllTold(sandbox: Sandbox, paired: Paired, logs: Logs): Promise<void> {
  for (const [pollId, log] of logs) {
    const last = () => toldBy(sandbox, paired, logs).findLast((told) => told.pollId === pollId)?.revision
    await expect.poll(last, { timeout: 30_000 }).toBe(log.length)
  }
}

/** Every event in order and none missing; a repeat comes at once and says the same. Resolves to how many there were. */
export function repeatsAmong(sandbox: Sandbox, paired: Paired, logs: Logs): number {
  let repeats = 0
  for (const [pollId, log] of logs) {
    let before: Told | undefined
    for (const told of toldBy(sandbox, paired, logs).filter((one) => one.pollId === pollId)) {
      if (told.revision === before?.revision) {
        repeats += 1
        const { title, body, author, event } = before.message
        expect(told.message).toMatchObject({ title, body, author, event })
      } else {
        expectTold(told, log.slice(before?.revision ?? 0, told.revision))
      }
      before = told
    }
  }
  return repeats
}

const voting = ['voted', 'vote_changed', 'vote_withdrawn']

/** The message tells of these events: of one as it is, of several as of so many people. */
function expectTold({ message }: Told, events: LoggedEvent[]): void {
  const people = new Set(events.map(({ actor }) => actor.id)).size
  const [first] = events
  if (first && events.length === 1) {
    const { name, isGuest } = first.actor
    expect(message.author.name).toBe(isGuest ? `${name} (guest)` : name)
  } else {
    expect(events.length).toBeGreaterThan(maxSingleVotes)
    expect(events.map(({ type }) => type).filter((type) => !voting.includes(type))).toEqual([])
    expect(message.author.name).toBe(`${people} people`)
  }
}
