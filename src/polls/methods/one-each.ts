import type { Choices } from '../types.ts'

/** A vote for each option that is named. */
export function oneEach(choices: Choices): ReadonlyMap<string, number> {
  return new Map(choices.map((id) => [id, 1]))
}
