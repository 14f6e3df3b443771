import type { FastifyInstance } from 'fastify'
import type { ChatAccount } from '../../../people/chat-accounts.ts'
import { pairingSecret } from '../../../server/cookies/pairing-cookie.ts'
import { signInWith } from '../../../server/pages/chat-sign-in.ts'
import { ownPath } from '../../../server/pages/return-path.ts'
import { FlowdockError } from '../flowdock-error.ts'
import { flowdockChat } from '../ids.ts'
import type { ReadTokens } from '../reading/tokens.ts'
import type { FlowdockUser } from '../responses.ts'
import { ownClaim, performClaim } from './link.ts'
import { callbackPath, finishSignIn } from './oauth.ts'
import type { PairingOptions } from './pairing-options.ts'
import { type Purpose, type PurposeOf, startOf } from './purposes.ts'
import { confirmationPath } from './setup-confirmation.ts'
import { setupTokens } from './setup-tokens.ts'

/** A person after the redirect back from Flowdock. */
type Arrival = {
  accessToken: string
  readTokens: ReadTokens | undefined
  account: ChatAccount
  personId: string
  /** The secret of the browser's cookie. */
  secret: string
}

/** The OAuth callback: signs the person in and resumes what they started. */
export async function callback(app: FastifyInstance, options: PairingOptions): Promise<void> {
  const { services, calls } = options
  app.get(callbackPath, { preHandler: app.limits.identity }, async (request, reply) => {
    const { purpose, accessToken, readTokens } = await finishSignIn(services, request, reply)
    try {
      const account = accountOf(await calls.user(accessToken))
      const claim = purpose.kind === 'link' ? await ownClaim(services, purpose, account.accountId) : undefined
      const person = await signInWith(services, request, reply, account)
      const secret = pairingSecret(services, request)
      const arrival = { accessToken, readTokens, account, personId: person.id, secret }
      const next = claim
        ? performClaim(options, claim, { person, secret, accessToken })
        : resume(options, arrival, purpose)
      return reply.redirect(await next, 303)
    } catch (error) {
      throw error instanceof FlowdockError ? error.from(startOf(purpose)) : error
    }
  })
}

function accountOf({ id, name, email, avatar }: FlowdockUser): ChatAccount {
  return { chat: flowdockChat, accountId: id, name, email, avatarUrl: avatar }
}

/** @returns the path of the next page */
function resume(
  options: PairingOptions<'chatAccounts' | 'connections' | 'signInStates'>,
  arrival: Arrival,
  purpose: Purpose,
): Promise<string> {
  if (purpose.kind === 'setup') return toConfirmation(options, arrival, purpose)
  if (purpose.kind === 'configure') return toSettings(options, arrival, purpose)
  if (purpose.kind === 'remove') return removeSource(options, arrival, purpose)
  if (purpose.kind === 'sign-in') return signedIn(options, arrival, purpose)
  throw new TypeError(`Nobody comes back from Flowdock for "${purpose.kind}".`)
}

async function signedIn(
  options: PairingOptions<'chatAccounts' | 'connections'>,
  arrival: Arrival,
  { back }: PurposeOf<'sign-in'>,
) {
  await look(options, arrival)
  return ownPath(back) ?? '/connections'
}

/** People may manage the connections that they made, and those whose source Flowdock lets them see. */
async function look(
  { services, calls }: PairingOptions<'chatAccounts' | 'connections'>,
  { accessToken, account }: Arrival,
): Promise<void> {
  const sources = await calls.visibleSources(accessToken)
  await services.chatAccounts.setSeen(account, await services.connections.amongEnds(flowdockChat, sources))
}

async function toConfirmation(
  options: PairingOptions<'chatAccounts' | 'connections' | 'signInStates'>,
  arrival: Arrival,
  { flow }: PurposeOf<'setup'>,
) {
  const { services, calls } = options
  const { accessToken, readTokens, personId, secret } = arrival
  await look(options, arrival)
  const flows = flow ? [await calls.flow(accessToken, flow)] : await calls.flows(accessToken)
  if (flows.length === 0)
    throw new FlowdockError(404, 'You are not in any flow', 'Join a flow in Flowdock, then try again.')
  const purpose: Purpose = { kind: 'confirm', personId, flows }
  return confirmationPath(
    await services.signInStates.begin(secret, { purpose, accessToken: setupTokens.store({ accessToken, readTokens }) }),
  )
}

async function toSettings(
  { services, calls }: PairingOptions<'chatAccounts'>,
  arrival: Arrival,
  purpose: PurposeOf<'configure'>,
) {
  await calls.readSource(arrival.accessToken, purpose.sourcePath)
  await services.chatAccounts.addSeen(arrival.account, purpose.externalId)
  return `/connections/${purpose.connectionId}`
}

/**
 * If this person may not remove the source, another person can do it in Flowdock. Without an answer nothing is ended.
 */
async function removeSource(
  { services, calls }: PairingOptions<'connections'>,
  arrival: Arrival,
  purpose: PurposeOf<'remove'>,
) {
  const isRemoved = await calls.removeSource(arrival.accessToken, purpose.sourcePath)
  await services.connections.disconnect(purpose.connectionId)
  return `/connections?done=${isRemoved ? 'removed' : 'left'}`
}
