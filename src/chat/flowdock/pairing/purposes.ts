import { z } from 'zod'
import { signInPath } from '../../../server/pages/return-path.ts'
import { linkPath } from '../paths.ts'

const flow = z.object({ path: z.string(), roomName: z.string(), roomUrl: z.string().nullable() })

/** What somebody goes through Flowdock's sign-in for. */
const purpose = z.discriminatedUnion('kind', [
  /** To be back on the page that they were on. */
  z.object({ kind: z.literal('sign-in'), back: z.string().optional() }),
  /** Of any of their flows, if none is named. */
  z.object({
    kind: z.literal('setup'),
    flow: z.union([z.object({ id: z.string() }), z.object({ path: z.string() })]).optional(),
  }),
  /** Back from there, about to confirm the setup of one of these. */
  z.object({ kind: z.literal('confirm'), personId: z.string(), flows: z.array(flow) }),
  /** The setup was confirmed, and the flow is being connected. */
  z.object({ kind: z.literal('connecting') }),
  z.object({ kind: z.literal('configure'), connectionId: z.string(), externalId: z.string(), sourcePath: z.string() }),
  /** To be known by the account that picked an action, and have that done. */
  z.object({ kind: z.literal('link'), claim: z.string() }),
  /** Back from there, about to be told what became of it. */
  z.object({
    kind: z.literal('linked'),
    personId: z.string(),
    isDone: z.boolean(),
    text: z.string(),
    pollId: z.string(),
  }),
  /** The connection is to end, and its source to go with it. */
  z.object({ kind: z.literal('remove'), connectionId: z.string(), sourcePath: z.string() }),
])

export type Purpose = z.output<typeof purpose>
export type PurposeOf<Kind extends Purpose['kind']> = Extract<Purpose, { kind: Kind }>

/** @returns undefined for what another version of Polldock wrote */
export function readPurpose(stored: unknown): Purpose | undefined {
  return purpose.safeParse(stored).data
}

/** Where the way to it begins. */
export function startOf(purpose: Purpose): string {
  if (purpose.kind === 'setup') {
    const { flow } = purpose
    if (!flow) return '/flowdock/setup'
    return `/flowdock/setup?${new URLSearchParams('id' in flow ? { flow: flow.id } : { flow_url: flow.path })}`
  }
  if (purpose.kind === 'sign-in' && purpose.back) return signInPath(purpose.back)
  if (purpose.kind === 'link') return `${linkPath}?${new URLSearchParams({ claim: purpose.claim })}`
  if (purpose.kind === 'configure') return `/flowdock/configure?${new URLSearchParams({ source: purpose.externalId })}`
  if (purpose.kind === 'remove') return `/connections/${purpose.connectionId}/disconnect`
  return '/connections'
}
