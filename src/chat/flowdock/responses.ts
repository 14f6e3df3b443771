import { z } from 'zod'
import { inOneLine, parsedJson } from '../http/answers.ts'
import type { HttpResponse } from '../http/chat-http.ts'
import { unexpectedResponse } from './flowdock-error.ts'
import { flowdockId } from './ids.ts'
import { flowPathIn, isSourceId } from './paths.ts'

export type FlowdockUser = z.output<typeof user>
export type Flow = z.output<typeof flow>
/** A new source. Flowdock shows its token only once. */
export type NewSource = { id: string; path: string; flowToken: string }

const text = z.string().transform((value) => inOneLine(value, 200))
const email = z
  .string()
  .max(320)
  .regex(/^[^\p{Cc}\p{Cs}\s]+@[^\p{Cc}\p{Cs}\s]+$/u)
  .nullish()
  .transform((value) => value ?? null)
  .catch(null)
const webAddress = z
  .url({ protocol: /^https?$/, normalize: true })
  .max(2_000)
  .nullish()
  .transform((value) => value ?? null)
  .catch(null)

export const user = z.object({
  id: flowdockId,
  name: text,
  email,
  avatar: webAddress,
})
export const flow = z
  .object({ name: text, organization: z.object({ name: text }), url: z.string(), web_url: webAddress })
  .transform(({ name, organization, url, web_url }, context) => {
    const path = flowPathIn(url)
    if (path) return { path, roomName: `${organization.name} / ${name}`, roomUrl: web_url }
    context.addIssue({ code: 'custom', message: 'must be the address of a flow' })
    return z.NEVER
  })
export const newSource = z.object({ id: flowdockId.refine(isSourceId), flow_token: z.string().min(1).max(1_000) })
export const sources = z.array(z.object({ id: flowdockId }))
export const threads = z.array(
  z.object({
    id: z.string().regex(/^[\w-]{1,100}$/),
    external_url: z.string().nullish(),
    updated_at: z.iso.datetime({ offset: true }).optional().catch(undefined),
  }),
)
export const messageIds = z.array(z.object({ id: z.int().nonnegative() }))

/**
 * Parses the parts of a response that we use.
 *
 * @param what the thing requested, for people
 * @throws {FlowdockError} when the response has another form
 */
export function read<Output>(schema: z.ZodType<Output>, { text }: HttpResponse, what: string): Output {
  const { data } = schema.safeParse(parsedJson(text))
  if (data === undefined) throw unexpectedResponse(what)
  return data
}
