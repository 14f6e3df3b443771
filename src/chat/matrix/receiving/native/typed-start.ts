import { z } from 'zod'
import { disclosedKind, pollTypes, textField } from '../../native/native-poll.ts'

/** A native poll that a person has made. `isDisclosed`: its results show before it has ended. */
export const typedStart = z.object({
  question: z.string(),
  answers: z.array(z.string()),
  max: z.int(),
  isDisclosed: z.boolean(),
})
export type TypedStart = z.output<typeof typedStart>

const text = z.object({ [textField]: z.string() }).transform((block) => block[textField])
const start = z.object({
  kind: z.string().optional(),
  max_selections: z.int().optional(),
  question: text,
  answers: z.array(text),
})

/** The native poll in the content of a start, as clients read it; null if it is malformed. */
export function typedStartIn(content: Record<string, unknown>): TypedStart | null {
  const { data } = start.safeParse(content[pollTypes.start])
  if (!data) return null
  const { kind, max_selections: max = 1, question, answers } = data
  return { question, answers, max: Math.max(1, max), isDisclosed: kind === disclosedKind }
}
