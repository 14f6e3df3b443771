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

/** How many things a page holds. */
export const limit = z.coerce
  .number('The limit is a number from 1 to 100.')
  .int('The limit is a number from 1 to 100.')
  .min(1, 'The limit is a number from 1 to 100.')
  .max(100, 'The limit is a number from 1 to 100.')
  .default(20)
  .describe('How many at most')

/** A place in a poll's log. */
export const place = z.coerce
  .number('A revision is a number.')
  .int('A revision is a whole number.')
  .min(0, 'A revision is not negative.')
  .max(maxRevision, 'A revision is not that large.')

/** What stands behind the `rel="next"` link of a page (RFC 8288): this request, asking for the next page. */
export function nextLink(url: string, { origin }: URL, parameters: Record<string, string | number>): string {
  const next = new URL(url, origin)
  for (const [name, value] of Object.entries(parameters)) next.searchParams.set(name, String(value))
  return `<${origin}${next.pathname}${next.search}>; rel="next"`
}
