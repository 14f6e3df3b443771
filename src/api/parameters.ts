import { z } from 'zod'

const maxRevision = 2_147_483_647

export const pollParams = z.object({
  id: z
    .string()
    .regex(/^[a-z0-9]{1,40}$/)
    .describe('The id of the poll')
    .meta({ examples: ['w8t4m2k9x7qd3vhp'] }),
})

export const optionParams = pollParams.extend({
  option: z
    .string()
    .regex(/^[a-z0-9]{1,40}$/)
    .describe('The id of the option')
    .meta({ examples: ['h7k2m9x4q3vd'] }),
})

/** A comment is found by the revision of its event. */
export const commentParams = pollParams.extend({
  comment: z.coerce
    .number('A comment is named by a revision.')
    .int('A comment is named by a revision.')
    .min(1, 'A comment is named by a revision.')
    .max(maxRevision, 'This revision is too large.')
    .describe('The revision of the comment')
    .meta({ examples: [7] }),
})

/** The page size. */
export const limit = z.coerce
  .number('The limit must be a whole number from 1 to 100.')
  .int('The limit must be a whole number from 1 to 100.')
  .min(1, 'The limit must be a whole number from 1 to 100.')
  .max(100, 'The limit must be a whole number from 1 to 100.')
  .default(20)
  .describe('The page size')

/** A revision in a query or header. 0 is before the first event. */
export const revisionNumber = z.coerce
  .number('A revision must be a number.')
  .int('A revision must be a whole number.')
  .min(0, 'A revision cannot be negative.')
  .max(maxRevision, 'This revision is too large.')

/** A Link header (RFC 8288) with the URL of the next page: this request's URL with these parameters. */
export function nextLink(url: string, { origin }: URL, parameters: Record<string, string | number>): string {
  const next = new URL(url, origin)
  for (const [name, value] of Object.entries(parameters)) next.searchParams.set(name, String(value))
  return `<${origin}${next.pathname}${next.search}>; rel="next"`
}
