import { z } from 'zod'

/** One name in a path, such as `acme` or `lunch-club`; never `.` or `..`, and nothing encoded. */
const name = String.raw`(?!\.{1,2}(?:/|$))[\w.~-]{1,100}`
const flow = new RegExp(`^/flows/${name}/${name}$`)
const source = new RegExp(`^/flows/${name}/${name}/sources?/([\\w-]{1,100})$`)

/**
 * The path of a flow, `/flows/:org/:flow`, out of its address or path. Which host an address names does not matter:
 * only ours is ever called.
 *
 * @returns undefined when it is no flow's
 */
export function flowPathIn(address: string): string | undefined {
  const path = pathIn(address)
  return path !== undefined && flow.test(path) ? path : undefined
}

/** The id of a source in its address or path, `/flows/:org/:flow/sources/:id`. */
export function sourceIdIn(address: string): string | undefined {
  return source.exec(pathIn(address) ?? '')?.[1]
}

export function isSourceId(text: string): boolean {
  return /^[\w-]{1,100}$/.test(text)
}

/** As it was written: a path that would be another one once its dots are followed is not one of ours. */
function pathIn(address: string): string | undefined {
  return /^(?:https?:\/\/[^/?#\\]+)?(\/[^?#\\]*)/i.exec(address)?.[1]?.replace(/\/$/, '')
}

const address = z.object({ flowPath: z.string(), sourcePath: z.string() })

/** What `Connection.address` holds of a connection with Flowdock: the paths of the flow, and of its source there. */
type FlowdockAddress = z.output<typeof address>

export function addressOf(connection: { address: unknown }): FlowdockAddress {
  return address.parse(connection.address)
}

/** Where claims of people who are to be linked lead. */
export const linkPath = '/flowdock/link'
