import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ChatAccount } from '../../../people/chat-accounts.ts'
import { holdPairingSecret, pairingSecret } from '../../../server/cookies/pairing-cookie.ts'
import { signInWith } from '../../../server/pages/chat-sign-in.ts'
import { field, fieldsOf } from '../../../server/pages/forms.ts'
import { showPage } from '../../../server/pages/page.ts'
import { ownPath } from '../../../server/pages/return-path.ts'
import type { Page } from '../../../server/views.ts'
import type { Services } from '../../../services.ts'
import { matrixChat, signInPath, userId } from '../ids.ts'
import { newCode } from './codes.ts'

/** `owner` is the person to whom the account is linked, if the browser knows one. */
export type MatrixSignInPageModel = Page & {
  code: string
  bot: string
  botLink: string
  action: string
  owner: string | undefined
  error: string | undefined
}

declare module '../../../server/views.ts' {
  interface Views {
    'matrix/sign-in': MatrixSignInPageModel
  }
}

type SignInServices = Pick<Services, 'config' | 'clock' | 'signInStates' | 'chatAccounts' | 'merges' | 'setAsideVotes'>
type SignInOptions = { services: SignInServices; bot: string; botLink: string }

/** What the bot proves of the sender of a code. The homeserver has checked who that is. */
const proof = z.object({ account: userId, name: z.string() })
export type MatrixProof = z.output<typeof proof>
const purpose = z.object({ kind: z.literal('matrix'), back: z.string(), proof: proof.optional() })

const notYet = 'The bot has not got the code yet. Send it, wait for its answer, then continue.'
const expired = 'This code has expired. Here is a new one.'

/** Signing in: the page shows a code, the person sends it to the bot, and the browser with the page continues. */
export async function signingIn(app: FastifyInstance, options: SignInOptions): Promise<void> {
  const { services } = options

  app.get<{ Querystring: Record<string, unknown> }>(
    signInPath,
    { preHandler: app.limits.identity },
    async (request, reply) => showNewCode(options, request, reply, ownPath(request.query.back) ?? '/me'),
  )

  app.post(signInPath, { preHandler: [app.csrfProtection, app.limits.identity] }, async (request, reply) => {
    const code = field(fieldsOf(request), 'code')
    const secret = pairingSecret(services, request)
    const state = purpose.safeParse((await services.signInStates.find(secret, code))?.purpose).data
    if (!state) return showNewCode(options, request, reply.code(422), '/me', expired)
    if (!state.proof) return show(options, request, reply.code(422), { code, error: notYet })
    // The code stays: people click twice, and their browser takes the last answer only. Signing out forgets it.
    await signInWith(services, request, reply, accountOf(state.proof))
    return reply.redirect(ownPath(state.back) ?? '/me', 303)
  })
}

function accountOf({ account, name }: MatrixProof): ChatAccount {
  return { chat: matrixChat, accountId: account, name, email: null, avatarUrl: null }
}

async function showNewCode(
  options: SignInOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  back: string,
  error?: string,
) {
  const secret = holdPairingSecret(options.services, request, reply)
  const started = { purpose: { kind: 'matrix', back }, accessToken: undefined }
  const code = await options.services.signInStates.begin(secret, started, newCode())
  return show(options, request, reply, { code, error })
}

async function show(
  { services, bot, botLink }: SignInOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  { code, error }: { code: string; error: string | undefined },
) {
  reply.header('cache-control', 'no-store')
  return showPage(request, reply, 'matrix/sign-in', {
    ...{ title: 'Sign in with Matrix', now: services.clock(), code, error, bot },
    botLink,
    action: signInPath,
    owner: request.isSignedIn ? request.person?.name : undefined,
  })
}
