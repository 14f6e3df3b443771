import { z } from 'zod'

/** An id of Flowdock, a number or a string; stored as a string. */
export const flowdockId = z.union([z.int(), z.string().regex(/^[\w:-]{1,100}$/)]).transform(String)

/** The value of `chat` in the rows of accounts and connections. */
export const flowdockChat = 'flowdock'
