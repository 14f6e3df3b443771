import type { Refusal } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { Command, CommandOf } from '../model/commands.ts'
import { isolated } from '../model/direction.ts'
import { optionKey } from '../model/keys.ts'
import type { PollState, VoterList, VoterListEntry } from '../model/poll.ts'
import { refuse } from './permissions.ts'

/** The e-mail address in an entry: `a@b.c` or `Name <a@b.c>`; undefined in a name alone. */
export function addressIn(entry: string): string | undefined {
  if (!entry.includes('@')) return undefined
  return (/<([^<>@]*@[^<>]*)>\s*$/.exec(entry)?.[1] ?? entry).trim()
}

/** The name in `Name <a@b.c>`; undefined in an address or a name alone. */
export function nameBeforeAddress(entry: string): string | undefined {
  return /^(.*\S)\s*<[^<>@]*@[^<>]*>\s*$/.exec(entry)?.[1]
}

/** Entries with the same address, or the same name, have the same key. */
export function voterListKey(entry: string): string {
  return optionKey(addressIn(entry) ?? entry)
}

export function newVoterList(names: readonly string[]): VoterList {
  return { entries: names.map((name) => ({ key: voterListKey(name), name, personId: null })), people: new Map() }
}

/** A refusal if the poll has a voter list and this person cannot vote by it. */
export function refusalByVoterList({ poll, voterList }: PollState, by: PersonName): Refusal | undefined {
  if (!poll.hasRoll) return undefined
  if (!voterList) throw new RangeError(`The voter list of poll ${poll.id} must be loaded to vote in it.`)
  const entries = entriesFor(voterList, by)
  if (entries.some(({ personId }) => personId === null || personId === by.id)) return undefined
  const [taken] = entries
  if (poll.anonymous) return refuse(poll, 'not_on_roll', notOnListOrTaken(by))
  if (taken) return refuse(poll, 'not_on_roll', `Somebody has voted as ${isolated(taken.name)} already.`)
  const message = `Only people on its list can vote in this poll, and ${isolated(by.name)} is not on it. Ask the creator to add you.`
  return refuse(poll, 'not_on_roll', message)
}

/** In an anonymous poll, the answer does not show whether somebody has voted under that name. */
function notOnListOrTaken({ name }: PersonName): string {
  return `Only people on its list can vote in this poll, once each. ${isolated(name)} is not on it, or has voted already. Ask the creator to check the list.`
}

/** The entry that this person has used, or else all that match their name or addresses. */
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
 * The requested list, merged with what was saved after the form showed it (`shown`). People who were added since stay,
 * and people who were taken off since stay off. A spelling that was changed since stays, unless the form changes it too.
 */
export function wantedVoters(voterList: VoterList, { voters, shown }: CommandOf<'changeVoterList'>): readonly string[] {
  if (!shown) return voters
  const saved = voterList.entries.map(({ name }) => name)
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
 * The list with these names. People who have voted keep their entry, or get another one that matches them, such as
 * their address in place of their name.
 */
export function changedVoterList(voterList: VoterList, names: readonly string[]): VoterList {
  const before = new Map(voterList.entries.map((entry) => [voterListKey(entry.name), entry]))
  const entries = names.map((name): VoterListEntry => {
    const key = voterListKey(name)
    const known = before.get(key)
    before.delete(key)
    return { key: known?.key ?? key, name, personId: known?.personId ?? null }
  })
  const changed = { ...voterList, entries }
  for (const { personId } of before.values()) {
    const person = personId === null ? undefined : voterList.people.get(personId)
    const free = person && entriesFor(changed, person).find((entry) => entry.personId === null)
    if (free) free.personId = personId
  }
  return changed
}

/** The people who have voted by the first list and have no entry on the second one. */
export function votersLeftOut(before: VoterList, after: VoterList): string[] {
  const kept = new Set(after.entries.map(({ personId }) => personId))
  return before.entries.flatMap(({ personId }) => (personId === null || kept.has(personId) ? [] : personId))
}

/** People whose ballots have no choices any more have not voted. */
function freeEmptied({ entries }: VoterList, ballots: PollState['ballots']): void {
  for (const entry of entries) {
    const ballot = ballots.get(entry.personId ?? '')
    if (ballot && !ballot.counted && ballot.choices.length === 0) entry.personId = null
  }
}

/** Applies an accepted command to the voter list, in place: who has used which entry. */
export function applyToVoterList(state: PollState, command: Command): void {
  if (state.voterList && command.type === 'changeVoterList')
    state.voterList = changedVoterList(state.voterList, wantedVoters(state.voterList, command))
  const { ballots, voterList } = state
  if (!voterList) return
  if (command.type === 'removeOption') {
    freeEmptied(voterList, ballots)
    return
  }
  const { by } = command
  const own = voterList.entries.find(({ personId }) => personId === by.id)
  if (command.type === 'mergeGuest') {
    const guests = voterList.entries.find(({ personId }) => personId === command.guest.id)
    if (guests) guests.personId = own ? null : by.id
  } else if (!ballots.has(by.id)) {
    if (own) own.personId = null
  } else if (!own) {
    const free = entriesFor(voterList, by).find(({ personId }) => personId === null)
    if (free) free.personId = by.id
  }
}
