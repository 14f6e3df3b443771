import { randomUUID } from 'node:crypto'
import type { Entry } from '../../../src/chat/chat.ts'
import type { EventFacts } from '../../../src/polls/model/events.ts'
import { newPollId } from '../../../src/polls/model/ids.ts'
import { entry, poll } from '../../support/entries.ts'

/** A message with an id of its own, about one poll unless it says another. */
export function staged(facts: EventFacts[] | Entry['events'], other: Partial<Entry> = {}): Entry {
  return entry([...facts] as EventFacts[], { ...about, uuid: randomUUID(), ...other })
}

export const about = { poll: { ...poll, id: newPollId() } }

export function commented(body: string, other: Partial<Entry> = {}): Entry {
  return staged([{ type: 'commented', body }], other)
}
