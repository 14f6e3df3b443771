import { z } from 'zod'
import { pollIdIn } from '../../polls/model/ids.ts'

/** One segment of a path, such as `acme` or `lunch-club`; never `.` or `..`, nothing percent-encoded. */
const name = String.raw`(?!\.{1,2}(?:/|$))[\w.~-]{1,100}`
const flow = new RegExp(`^/flows/${name}/${name}$`)
const source = new RegExp(`^/flows/${name}/${name}/sources?/([\\w-]{1,100})$`)

/**
 * The path of a flow, `/flows/:org/:flow`, from its URL or path. The host of the URL is ignored: only the configured
 * host is ever called.
 *
 * @returns undefined when it is not the address of a flow
 */
export function flowPathIn(address: string): string | undefined {
  const path = pathIn(address)
  return path !== undefined && flow.test(path) ? path : undefined
}

/** The id of a source from its URL or path, `/flows/:org/:flow/sources/:id`. */
export function sourceIdIn(address: string): string | undefined {
  return source.exec(pathIn(address) ?? '')?.[1]
}

export function isSourceId(text: string): boolean {
  return /^[\w-]{1,100}$/.test(text)
}

/** The path as it was written. A path that changes when its dots are resolved is not accepted. */
function pathIn(address: string): string | undefined {
  return /^(?:https?:\/\/[^/?#\\]+)?(\/[^?#\\]*)/i.exec(address)?.[1]?.replace(/\/$/, '')
}

const address = z.object({ flowPath: z.string(), sourcePath: z.string() })

/** The value of `Connection.address` for Flowdock: the paths of the flow and of the source. */
type FlowdockAddress = z.output<typeof address>

export function addressOf(connection: { address: unknown }): FlowdockAddress {
  return address.parse(connection.address)
}

/** Connects a flow. */
export const setupPath = '/flowdock/setup'
/** Signs in, and returns to the path in the query `back`. */
export const signInPath = '/auth/flowdock'
/** The path of links with a claim. */
export const linkPath = '/flowdock/link'

/** The id of the poll that the URL of a thread leads to. Its host is ignored: Polldock may have had another address. */
export function pollIn(url: string): string | undefined {
  const [, segment] = (URL.canParse(url) && /^\/polls\/([^/]+)$/.exec(new URL(url).pathname)) || []
  return segment === undefined ? undefined : pollIdIn(segment)
}
