import type { Refusal } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { Command, CommandOf } from '../model/commands.ts'
import { isolated } from '../model/direction.ts'
import { optionKey } from '../model/keys.ts'
import type { PollState, VoterList, VoterListEntry } from '../model/poll.ts'
import { refuse } from './permissions.ts'

/** The address in an entry: all of it, or what stands in brackets after a name; undefined in a name alone. */
export function addressIn(entry: string): string | undefined {
  if (!entry.includes('@')) return undefined
  return (/<([^<>@]*@[^<>]*)>\s*$/.exec(entry)?.[1] ?? entry).trim()
}

/** The name before the address in an entry; undefined without one, and in a name alone. */
export function nameBeforeAddress(entry: string): string | undefined {
  return /^(.*\S)\s*<[^<>@]*@[^<>]*>\s*$/.exec(entry)?.[1]
}

/** Entries with the same key are one: those of one address, or of one name. They are compared as options are. */
export function voterListKey(entry: string): string {
  return optionKey(addressIn(entry) ?? entry)
}

export function newVoterList(names: readonly string[]): VoterList {
  return { entries: names.map((name) => ({ key: voterListKey(name), name, personId: null })), people: new Map() }
}

/** Why somebody may not vote, in a poll whose creator has named those who may. */
export function refusalByVoterList({ poll, roll }: PollState, by: PersonName): Refusal | undefined {
  if (!poll.hasRoll) return undefined
  if (!roll) throw new RangeError(`The roll of poll ${poll.id} has to be known to vote in it.`)
  const entries = entriesFor(roll, by)
  if (entries.some(({ personId }) => personId === null || personId === by.id)) return undefined
  const [taken] = entries
  if (poll.anonymous) return refuse(poll, 'not_on_roll', notOnListOrTaken(by))
  if (taken) return refuse(poll, 'not_on_roll', `Somebody has voted as ${isolated(taken.name)} already.`)
  const message = `Only people on its list can vote in this poll, and ${isolated(by.name)} is not on it. Ask the creator to add you.`
  return refuse(poll, 'not_on_roll', message)
}

/** In an anonymous poll the answer does not show whether somebody has voted under a name on the list. */
function notOnListOrTaken({ name }: PersonName): string {
  return `Only people on its list can vote in this poll, once each. ${isolated(name)} is not on it, or has voted already. Ask the creator to check the list.`
}

/** Those that are theirs already, or may be. */
function entriesFor({ entries, people }: VoterList, { id, name }: PersonName): VoterListEntry[] {
  const own = entries.filter(({ personId }) => personId === id)
  if (own.length > 0) return own
  const addresses = (people.get(id)?.emails ?? []).map(voterListKey)
  return entries.filter((entry) => {
    const key = voterListKey(entry.name)
    return addressIn(entry.name) === undefined ? key === voterListKey(name) : addresses.includes(key)
  })
}

/**
 * The list that the creator wants, merged with what was saved since a form showed it (`shown`). Somebody who was added
 * since stays on the list, and somebody who was taken off since stays off it. A spelling that was changed since stays,
 * unless the form changes it, too.
 */
export function wantedVoters(roll: VoterList, { voters, shown }: CommandOf<'changeVoterList'>): readonly string[] {
  if (!shown) return voters
  const saved = roll.entries.map(({ name }) => name)
  const [savedByKey, shownByKey, voterByKey] = [saved, shown, voters].map(byKey) as [Names, Names, Names]
  const kept = voters.flatMap((name) => {
    const key = voterListKey(name)
    const [asSaved, asShown] = [savedByKey.get(key), shownByKey.get(key)]
    if (asShown === undefined) return name
    if (asSaved === undefined) return []
    return asShown === name ? asSaved : name
  })
  const added = saved.filter((name) => !shownByKey.has(voterListKey(name)) && !voterByKey.has(voterListKey(name)))
  return [...kept, ...added]
}

type Names = ReadonlyMap<string, string>

function byKey(names: readonly string[]): Names {
  return new Map(names.map((name) => [voterListKey(name), name]))
}

/**
 * The list as its creator corrects it. Who has voted keeps their entry, or gets another one that is theirs, as when a
 * name becomes an address.
 */
export function changedVoterList(roll: VoterList, names: readonly string[]): VoterList {
  const before = new Map(roll.entries.map((entry) => [voterListKey(entry.name), entry]))
  const entries = names.map((name): VoterListEntry => {
    const key = voterListKey(name)
    const known = before.get(key)
    before.delete(key)
    return { key: known?.key ?? key, name, personId: known?.personId ?? null }
  })
  const changed = { ...roll, entries }
  for (const { personId } of before.values()) {
    const person = personId === null ? undefined : roll.people.get(personId)
    const free = person && entriesFor(changed, person).find((entry) => entry.personId === null)
    if (free) free.personId = personId
  }
  return changed
}

/** Who has voted as somebody on the first list, and as nobody on the second one. */
export function votersLeftOut(before: VoterList, after: VoterList): string[] {
  const kept = new Set(after.entries.map(({ personId }) => personId))
  return before.entries.flatMap(({ personId }) => (personId === null || kept.has(personId) ? [] : personId))
}

/** Notes who has voted as whom once a command is done, in place. */
export function enrol(state: PollState, command: Command): void {
  if (state.roll && command.type === 'changeVoterList')
    state.roll = changedVoterList(state.roll, wantedVoters(state.roll, command))
  const { ballots, roll } = state
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
