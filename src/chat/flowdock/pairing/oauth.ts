import type { FastifyOAuth2Options, OAuth2Namespace } from '@fastify/oauth2'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { z } from 'zod'
import { cookieOptions } from '../../../server/cookies/cookies.ts'
import { holdPairingSecret, pairingSecret } from '../../../server/cookies/pairing-cookie.ts'
import type { Services } from '../../../services.ts'
import type { FlowdockConfig } from '../config.ts'
import { FlowdockError, unexpectedResponse, unreachable } from '../flowdock-error.ts'
import { tokensIn } from '../reading/tokens.ts'
import { type Purpose, readPurpose, startOf } from './purposes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    flowdockOAuth: OAuth2Namespace
    /** With the second client secret, while the secret is replaced. */
    flowdockOAuthOther?: OAuth2Namespace
    /** Asks for a refresh token too, to read a flow later. */
    flowdockOAuthOffline: OAuth2Namespace
  }
  interface FastifyRequest {
    /** The purpose of this sign-in. */
    purpose: Purpose | undefined
    /** The browser's secret that the state is bound to. */
    pairingSecret: string | undefined
  }
}

export const callbackPath = '/auth/flowdock/callback'

/** To identify the person; to read flows and sources; to create and remove sources. */
const scope = ['profile', 'flow', 'integration']
/** Until the response starts, and again until it ends, in milliseconds. */
const timeout = 5_000
const cookieSeconds = 3_600

/** OAuth 2 with Flowdock. A token is used for one purpose; only that of a connection that is read is kept. */
export const oauth = fastifyPlugin(
  async (app, options: { services: Pick<Services, 'config' | 'signInStates'>; flowdock: FlowdockConfig }) => {
    const { services, flowdock } = options
    // Loaded only when a Flowdock is configured.
    const { default: oauth2 } = await import('@fastify/oauth2')
    app.decorateRequest('purpose', undefined)
    app.decorateRequest('pairingSecret', undefined)
    const [first = '', other] = flowdock.clientSecrets
    const settings = {
      scope,
      callbackUri: new URL(callbackPath, services.config.publicUrl).href,
      credentials: {
        client: { id: flowdock.clientId, secret: first },
        auth: { tokenHost: flowdock.apiUrl.origin },
        http: { timeout, maxBytes: 65_536 },
        options: { authorizationMethod: 'body' },
      },
      // The library keeps one state per browser, in a cookie. Ours are rows: several at once, each used once.
      generateStateFunction: (request: FastifyRequest) =>
        services.signInStates.begin(request.pairingSecret ?? '', { purpose: request.purpose, accessToken: undefined }),
      checkStateFunction: (request: FastifyRequest) => request.purpose !== undefined,
      cookie: { ...cookieOptions(services), path: callbackPath, maxAge: cookieSeconds },
    } satisfies Omit<FastifyOAuth2Options, 'name'>
    await app.register(oauth2, { ...settings, name: 'flowdockOAuth' })
    const offline = [...scope, 'offline_access']
    await app.register(oauth2, { ...settings, scope: offline, name: 'flowdockOAuthOffline' })
    if (other === undefined) return
    const client = { id: flowdock.clientId, secret: other }
    const credentials = { ...settings.credentials, client }
    await app.register(oauth2, { ...settings, credentials, name: 'flowdockOAuthOther' })
  },
)

/** Redirects to Flowdock's sign-in, which redirects back to `callbackPath`. */
export async function startSignIn(
  services: Pick<Services, 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
  purpose: Purpose,
) {
  request.purpose = purpose
  request.pairingSecret = holdPairingSecret(services, request, reply)
  const { flowdockOAuth, flowdockOAuthOffline } = request.server
  const oauth = purpose.kind === 'setup' ? flowdockOAuthOffline : flowdockOAuth
  return reply.redirect(await oauth.generateAuthorizationUri(request, reply), 303)
}

/**
 * Completes the sign-in: the purpose it was started for, and the person's access token.
 *
 * @throws {FlowdockError}
 */
export async function finishSignIn(
  services: Pick<Services, 'config' | 'signInStates' | 'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { state, error } = request.query as Record<string, unknown>
  const pairing = await services.signInStates.take(
    pairingSecret(services, request),
    typeof state === 'string' ? state : '',
  )
  const purpose = readPurpose(pairing?.purpose)
  if (!purpose) throw ended
  if (error !== undefined) throw deniedBy(error).from(startOf(purpose))
  request.purpose = purpose
  try {
    const { token } = await exchangeCode(request, reply)
    const readTokens = tokensIn(token, services.clock())
    return { purpose, accessToken: accessToken.parse(token.access_token), readTokens }
  } catch (thrown) {
    throw refusedBy(thrown).from(startOf(purpose))
  }
}

/** While the client secret is replaced, Flowdock may know either one. A wrong secret does not use up the code. */
async function exchangeCode(request: FastifyRequest, reply: FastifyReply) {
  const { flowdockOAuth, flowdockOAuthOther } = request.server
  try {
    return await flowdockOAuth.getAccessTokenFromAuthorizationCodeFlow(request, reply)
  } catch (error) {
    const { output } = error as { output?: { statusCode: number } }
    if (output?.statusCode !== 401 || !flowdockOAuthOther) throw error
    return flowdockOAuthOther.getAccessTokenFromAuthorizationCodeFlow(request, reply)
  }
}

const accessToken = z.string().min(1).max(4_096)

const ended = new FlowdockError(
  403,
  'This sign-in has expired',
  'It was used before, took over 15 minutes, or was started in another browser. Nothing was changed. Start again.',
)

/** @param error the `error` parameter (RFC 6749, 4.1.2.1), possibly forged */
function deniedBy(error: unknown): FlowdockError {
  if (error === 'access_denied') {
    return new FlowdockError(
      403,
      'You did not allow access',
      'Flowdock asked you to allow access, and you declined. Nothing was changed.',
    )
  }
  const code = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : ''
  return new FlowdockError(
    502,
    'Flowdock refused the sign-in',
    `It does not accept Polldock’s request${code}. ${tellOperator}`,
  )
}

const tellOperator = 'Nothing was changed. If this happens again, tell the operator of Polldock.'

/**
 * @param thrown the library's error, with the response's status. Its own 502 means no response, or one that is not
 * JSON; then it has a payload
 */
function refusedBy(thrown: unknown): FlowdockError {
  const { output, data } = thrown as { output?: { statusCode: number }; data?: Record<string, unknown> }
  const status = output?.statusCode ?? 0
  const isNoJson = data?.payload !== undefined && !data.isResponseError
  if (!isNoJson && (status >= 500 || status === 429)) return unreachable('Polldock could not ask it who signed in.')
  if (![400, 401, 403].includes(status)) return unexpectedResponse('your sign-in')
  return new FlowdockError(502, 'Flowdock refused the sign-in', `It may have taken too long. ${tellOperator}`)
}
