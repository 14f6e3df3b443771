import { z } from 'zod'

/** An id as Flowdock gives it, as a number or as a text; kept as a text. */
export const flowdockId = z.union([z.int(), z.string().regex(/^[\w:-]{1,100}$/)]).transform(String)

/** What Flowdock is called in the rows of accounts and connections. */
export const flowdockChat = 'flowdock'
