import type { FastifyInstance } from 'fastify'
import type { PersonName } from '../../../people/model/person-name.ts'
import { pairingSecret } from '../../../server/cookies/pairing-cookie.ts'
import { showPage } from '../../../server/pages/page.ts'
import type { Page } from '../../../server/views.ts'
import type { Services } from '../../../services.ts'
import { type LinkClaim, readClaim } from '../actions/claim.ts'
import { performAction } from '../actions/perform-action.ts'
import { FlowdockError } from '../flowdock-error.ts'
import { linkPath } from '../paths.ts'
import { startSignIn } from './oauth.ts'
import type { PairingOptions } from './pairing-options.ts'
import { type Purpose, type PurposeOf, readPurpose } from './purposes.ts'
import { type WayBack, waysBack } from './ways-back.ts'

const linkedPath = '/flowdock/linked'

export type LinkedPageModel = Page & {
  isDone: boolean
  text: string
  pollId: string
  back: WayBack[]
}

declare module '../../../server/views.ts' {
  interface Views {
    'flowdock/linked': LinkedPageModel
  }
}

/** The pages that link an unknown account after a click: sign in, then the result of the action. */
export async function link(
  app: FastifyInstance,
  { services }: PairingOptions<'config' | 'secrets' | 'clock' | 'signInStates'>,
): Promise<void> {
  app.get<{ Querystring: Record<string, unknown> }>(
    linkPath,
    { preHandler: app.limits.identity },
    async (request, reply) => {
      const { claim } = request.query
      await claimIn(services, typeof claim === 'string' ? claim : '')
      return startSignIn(services, request, reply, { kind: 'link', claim: String(claim) })
    },
  )

  app.get<{ Querystring: Record<string, unknown> }>(linkedPath, async (request, reply) => {
    const { key } = request.query
    const secret = pairingSecret(services, request)
    const pairing = typeof key === 'string' ? await services.signInStates.find(secret, key) : undefined
    const purpose = readPurpose(pairing?.purpose)
    if (purpose?.kind !== 'linked' || purpose.personId !== request.person?.id) return reply.redirect('/', 303)
    reply.header('cache-control', 'no-store')
    const { isDone, text, pollId, back } = purpose
    const title = isDone ? `Linked. ${text}` : 'Linked'
    return showPage(request, reply, 'flowdock/linked', { title, now: services.clock(), isDone, text, pollId, back })
  })
}

/**
 * Reads the claim after the sign-in.
 *
 * @throws {FlowdockError} when another account clicked: nothing is linked and nothing is done
 */
export async function ownClaim(
  services: Pick<Services, 'secrets' | 'clock'>,
  purpose: PurposeOf<'link'>,
  accountId: string,
): Promise<LinkClaim> {
  const claim = await claimIn(services, purpose.claim)
  if (claim.accountId !== accountId) throw somebodyElse
  return claim
}

/**
 * Performs the claimed action, if it is still possible.
 *
 * @returns the path of the page with its result
 */
export async function performClaim(
  options: PairingOptions<'ballotBox' | 'signInStates' | 'delivery' | 'connections'>,
  claim: LinkClaim,
  { person, secret, accessToken }: { person: PersonName; secret: string; accessToken: string },
): Promise<string> {
  const { services } = options
  const { status, text } = await performAction(services, person, claim.actionRequest, {
    kind: 'claim',
    tokenHash: claim.tokenHash,
  })
  const { pollId } = claim.actionRequest
  const back = await waysBack(options, accessToken, pollId)
  const purpose: Purpose = { kind: 'linked', personId: person.id, isDone: status === 200, text, pollId, back }
  const key = await services.signInStates.begin(secret, { purpose, accessToken: undefined })
  return `${linkedPath}?${new URLSearchParams({ key })}`
}

async function claimIn({ secrets, clock }: Pick<Services, 'secrets' | 'clock'>, text: string): Promise<LinkClaim> {
  const claim = await readClaim(secrets, text, clock())
  if (!claim) throw ended
  return claim
}

const ended = new FlowdockError(
  403,
  'This link has expired',
  'A link works for 15 minutes. Nothing was changed. Click the action in Flowdock again.',
)

const somebodyElse = new FlowdockError(
  403,
  'Another person clicked this',
  'You signed in to Flowdock with another account than the one that clicked. Nothing was linked or changed. Click the action yourself, or sign in with the other account.',
)
