import type { PollMethod } from '../../polls/model/poll-rules.ts'
import { type Fields, field } from '../../server/pages/forms.ts'

/** What the form of a new poll offers at its top: a method, or an anonymous poll with any method. */
export type Preset = PollMethod | 'anonymous'

/** A tile of the form. `value` is a preset. */
export type PresetTile = { value: Preset; name: string; hint: string }

export const presets: readonly PresetTile[] = [
  { value: 'single_choice', name: 'Pick one', hint: 'One option per person.' },
  { value: 'multiple_choice', name: 'Pick several', hint: 'All options that a person likes, or up to a number.' },
  { value: 'ranked', name: 'Rank', hint: 'The best option first, then the next.' },
  { value: 'score', name: 'Score', hint: '0 to 5 points for each option.' },
  { value: 'dates', name: 'Find a date', hint: 'Yes, if need be or no for each date.' },
  { value: 'anonymous', name: 'Anonymous vote', hint: 'Nobody sees who voted for what.' },
]

/** @param method the field that says how people vote in an anonymous poll */
export type TypedPreset = { preset: Preset; method: string; methodField: string }

/** A form without presets, as from an older page or a script, names only the method. */
export function typedPreset(fields: Fields): TypedPreset {
  const methodField = field(fields, 'method') || 'single_choice'
  const typed = field(fields, 'preset') || methodField
  const preset = presets.find(({ value }) => value === typed)?.value
  if (preset === 'anonymous') return { preset, method: methodField, methodField }
  return { preset: preset ?? 'single_choice', method: preset ?? typed, methodField }
}
