import { z } from 'zod'
import { blank, Failure, type FieldErrors, invalid, validationError } from './failure.ts'

/** @throws {Failure} 400 in the documented shape */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const given = input ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) throw new Failure(400, 'The body must be an object.')
  const { data, error } = schema.safeParse(given)
  if (error) throw validationError(fieldErrors(error))
  return data as z.output<Schema>
}

function fieldErrors({ issues }: z.ZodError): FieldErrors {
  const errors: FieldErrors = {}
  for (const { path, message } of issues) {
    const field = path.join('.')
    errors[field] = [...new Set([...(errors[field] ?? []), message])]
  }
  return errors
}

/** The error for a missing value, or one of the wrong type. */
export const problem = ({ input }: { input?: unknown }) => (input === undefined || input === null ? blank : invalid)

/** A text that may be empty. */
export const text = (max: number) =>
  z
    .string({ error: problem })
    .max(max, `is too long (maximum is ${max} characters)`)
    .overwrite((value) => value.toWellFormed())

/** A text that is not blank. */
export const filled = (max: number) => text(max).refine((value) => value.trim() !== '', blank)

/** An id that the application chose. Some applications use numbers. */
export const identifier = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), text(300))

/** A value that may be left out or null. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? null)

/** An http or https URL. */
export const link = text(2_000).refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), invalid)

/** A link; null or an empty text stand for none. */
export const linkOrNone = z.preprocess((value) => (value === '' ? null : value), link.nullable())

/** A list, or one text with commas. */
export const tags = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.split(',').filter((tag) => tag.trim() !== '') : (value ?? [])),
    z.array(filled(100)).max(100, 'are too many (maximum is 100)'),
  )
  .default([])

export const flag = z
  .preprocess((value) => (typeof value === 'string' ? value : String(value ?? '0')), z.string())
  .transform((value) => /^(1|true)$/i.test(value))

/** The domain `invalid` never exists (RFC 2606). The documentation has an address in it as an example of an invalid one. */
export const emailAddress = z
  .string({ error: problem })
  .trim()
  .max(254, 'is too long (maximum is 254 characters)')
  .pipe(z.email(invalid).refine((address) => !/\.invalid$/i.test(address), invalid))

/** A boolean, as JSON or as the text of a form. Unlike `flag`, it refuses everything else. */
export const yesOrNo = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0'])], { error: 'must be true or false' })
  .transform((value) => value === true || value === 'true' || value === '1')

/** The id of a message, in a path or in a body. */
export const messageId = z.number({ error: invalid }).int(invalid).min(1, invalid)
