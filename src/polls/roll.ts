import type { Refusal } from '../errors.ts'
import type { PersonName } from '../people/types.ts'
import type { Command } from './commands.ts'
import { optionKey } from './option-key.ts'
import { refuse } from './refuse.ts'
import type { Poll, PollState, Roll, RollEntry } from './types.ts'

/** Entries with the same key are one. They are compared as options are. */
export const rollKey: (name: string) => string = optionKey

export function newRoll(names: readonly string[]): Roll {
  return { entries: names.map((name) => ({ name, personId: null })), emails: new Map() }
}

/** Why somebody may not vote, in a poll whose creator has named those who may. */
export function refusalByRoll({ poll, roll }: PollState, by: PersonName): Refusal | undefined {
  if (!poll.hasRoll) return undefined
  if (!roll) throw new RangeError(`The roll of poll ${poll.id} has to be known to vote in it.`)
  const entries = entriesFor(roll, by)
  if (entries.some(({ personId }) => personId === null || personId === by.id)) return undefined
  const [taken] = entries
  if (poll.anonymous) return refuse(poll, 'not_on_roll', notOnListOrTaken(poll, by))
  if (taken) return refuse(poll, 'not_on_roll', `Somebody has voted as ${taken.name} already.`)
  const message = `Only people on its list can vote in this poll, and ${by.name} is not on it. Ask ${poll.createdBy.name}.`
  return refuse(poll, 'not_on_roll', message)
}

/** Where votes are secret, nobody is told whether a name on the list has been voted for. */
function notOnListOrTaken({ createdBy }: Poll, { name }: PersonName): string {
  return `Only people on its list can vote in this poll, once each. ${name} is not on it, or has voted already. Ask ${createdBy.name}.`
}

/** Those that are theirs already, or may be. */
function entriesFor({ entries, emails }: Roll, { id, name }: PersonName): RollEntry[] {
  const own = entries.filter(({ personId }) => personId === id)
  if (own.length > 0) return own
  const addresses = (emails.get(id) ?? []).map(rollKey)
  return entries.filter((entry) => {
    const key = rollKey(entry.name)
    return key.includes('@') ? addresses.includes(key) : key === rollKey(name)
  })
}

/** Notes who has voted as whom once a command is done, in place. */
export function enrol({ ballots, roll }: PollState, command: Command): void {
  if (!roll) return
  const { by } = command
  const own = roll.entries.find(({ personId }) => personId === by.id)
  if (command.type === 'mergeGuest') {
    const guests = roll.entries.find(({ personId }) => personId === command.guest.id)
    if (guests) guests.personId = own ? null : by.id
  } else if (!ballots.has(by.id)) {
    if (own) own.personId = null
  } else if (!own) {
    const free = entriesFor(roll, by).find(({ personId }) => personId === null)
    if (free) free.personId = by.id
  }
}
