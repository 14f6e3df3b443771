import { z } from 'zod'
import { readReceiptCode } from '../polls/secret-ballots/receipt.ts'

/** The header by which a secret ballot is found; in an address it would be logged. */
export const receipt = z.looseObject({
  receipt: z
    .string()
    .refine((code) => readReceiptCode(code), 'A receipt has 26 letters and digits, as it was given to you.')
    .optional()
    .describe(
      'In an anonymous poll, the receipt of your ballot. For the first vote, leave it out to be given one; or send 26 random letters and digits of your own, new for each poll and without l, o, 0 and 1, so that the request can be repeated',
    )
    .meta({ examples: ['h7k2m9x4q3vdw8t4m2k9x7qd3v'] }),
})

type Shown = { headers: { receipt?: string } }

/** The code that a request bears; undefined without one. */
export function receiptCode({ headers }: Shown): string | undefined {
  return headers.receipt === undefined ? undefined : readReceiptCode(headers.receipt)
}
