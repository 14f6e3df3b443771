import { categoryKey } from '../../polls/model/keys.ts'
import type { ChatSettings } from '../chat.ts'
import type { EventKind } from '../wording.ts'

const fields = ['categories', 'eventKinds'] as const
type Field = (typeof fields)[number]

type Merged = { settings: ConnectionSettings; conflicts: Field[] }

/**
 * Merges a form with settings that were saved while it was open: fields that the form did not change keep their saved
 * value.
 *
 * @param shown the values when the form was opened
 * @returns the merged settings, and the fields that both changed to different values
 */
export function mergeSettings(saved: ConnectionSettings, shown: ConnectionSettings, typed: ConnectionSettings): Merged {
  const changed = changedFields(shown, typed)
  const changedMeanwhile = changedFields(shown, saved)
  const conflicts = [...changedFields(saved, typed)].filter((name) => changed.has(name) && changedMeanwhile.has(name))
  const { categories } = changed.has('categories') ? typed : saved
  const { eventKinds } = changed.has('eventKinds') ? typed : saved
  const chatSettings = { ...saved.chatSettings, ...switched(shown.chatSettings, typed.chatSettings) }
  return { settings: { categories, eventKinds, chatSettings }, conflicts }
}

/** What somebody switched on or off. Two people who both change a switch agree. */
function switched(from: ChatSettings = {}, to: ChatSettings = {}): ChatSettings {
  return Object.fromEntries(Object.entries(to).filter(([name, isOn]) => from[name] === !isOn))
}

function changedFields(from: ConnectionSettings, to: ConnectionSettings): Set<Field> {
  return new Set(fields.filter((name) => !isAlike(from[name], to[name])))
}

/** Whether two lists hold the same items, in any order, ignoring case. */
export function isAlike(one: readonly string[], other: readonly string[]): boolean {
  const [keys, otherKeys] = [new Set(one.map(categoryKey)), new Set(other.map(categoryKey))]
  return keys.size === otherKeys.size && keys.isSubsetOf(otherKeys)
}

/** Which polls a connection mirrors, and which of their events, and what only its chat has. */
export type ConnectionSettings = {
  /** The categories of polls to mirror; empty for all. */
  categories: string[]
  eventKinds: EventKind[]
  chatSettings?: ChatSettings
}
