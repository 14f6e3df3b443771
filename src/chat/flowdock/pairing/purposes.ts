import { z } from 'zod'
import { linkPath, setupPath, signInPath } from '../paths.ts'

const flow = z.object({ path: z.string(), roomName: z.string(), roomUrl: z.string().nullable() })

/** The purposes of a sign-in with Flowdock. */
const purpose = z.discriminatedUnion('kind', [
  /** Sign in and return to the page `back`. */
  z.object({ kind: z.literal('sign-in'), back: z.string().optional() }),
  /** Connect a flow, of any of the person's flows if none is named. */
  z.object({
    kind: z.literal('setup'),
    flow: z.union([z.object({ id: z.string() }), z.object({ path: z.string() })]).optional(),
  }),
  /** After the redirect: the person has to confirm the setup of one of these flows. */
  z.object({ kind: z.literal('confirm'), personId: z.string(), flows: z.array(flow) }),
  /** The setup is confirmed and the flow is being connected. */
  z.object({ kind: z.literal('connecting') }),
  z.object({ kind: z.literal('configure'), connectionId: z.string(), externalId: z.string(), sourcePath: z.string() }),
  /** Link the account that clicked an action, then perform the action. */
  z.object({ kind: z.literal('link'), claim: z.string() }),
  /** After the redirect: the person sees the action's result. */
  z.object({
    kind: z.literal('linked'),
    personId: z.string(),
    isDone: z.boolean(),
    text: z.string(),
    pollId: z.string(),
    back: z.array(z.object({ room: z.string(), href: z.string(), isThread: z.boolean() })),
  }),
  /** End the connection and remove its source. */
  z.object({ kind: z.literal('remove'), connectionId: z.string(), sourcePath: z.string() }),
])

export type Purpose = z.output<typeof purpose>
export type PurposeOf<Kind extends Purpose['kind']> = Extract<Purpose, { kind: Kind }>

/** @returns undefined for a purpose stored by another version of Polldock */
export function readPurpose(stored: unknown): Purpose | undefined {
  return purpose.safeParse(stored).data
}

/** The path that starts this purpose again. */
export function startOf(purpose: Purpose): string {
  if (purpose.kind === 'setup') {
    const { flow } = purpose
    if (!flow) return setupPath
    return `${setupPath}?${new URLSearchParams('id' in flow ? { flow: flow.id } : { flow_url: flow.path })}`
  }
  if (purpose.kind === 'sign-in' && purpose.back) return `${signInPath}?${new URLSearchParams({ back: purpose.back })}`
  if (purpose.kind === 'link') return `${linkPath}?${new URLSearchParams({ claim: purpose.claim })}`
  if (purpose.kind === 'configure') return `/flowdock/configure?${new URLSearchParams({ source: purpose.externalId })}`
  if (purpose.kind === 'remove') return `/connections/${purpose.connectionId}/disconnect`
  return '/connections'
}
