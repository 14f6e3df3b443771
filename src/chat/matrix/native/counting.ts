/** A response to a native poll, as the room holds it. `answers` are null if it is malformed. */
export type SeenResponse = { id: string; sender: string; ts: number; answers: readonly string[] | null }

/** What a native poll takes. `endsAt`: later responses do not count. */
export type Frame = { answers: ReadonlySet<string>; max: number; endsAt: number | undefined }

/**
 * What clients count for one sender: these answers, or none. `unclear`: clients do not agree, as they treat unknown ids,
 * repeated ones and equal times in different ways. They do not agree on too many answers either: no ballot has so many.
 */
export type Counted = readonly string[] | 'unclear'

/** @param responses all of one sender */
export function countedOf(responses: readonly SeenResponse[], frame: Frame): Counted {
  const timely = responses.filter(({ ts }) => frame.endsAt === undefined || ts <= frame.endsAt)
  const last = Math.max(...timely.map(({ ts }) => ts))
  const [first, ...others] = timely.filter(({ ts }) => ts === last).map((response) => meaningOf(response, frame))
  if (first === undefined) return []
  const areSame = others.every((other) => other !== 'unclear' && first !== 'unclear' && isSameSet(first, other))
  return areSame ? first : 'unclear'
}

function meaningOf({ answers }: SeenResponse, { answers: known }: Frame): Counted {
  if (answers === null || new Set(answers).size < answers.length) return 'unclear'
  return answers.every((id) => known.has(id)) ? answers : 'unclear'
}

/** Of answers without repeats. */
export function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((id) => others.includes(id))
}
