import type { FastifyReply, FastifyRequest } from 'fastify'
import { newToken } from '../../people/model/ids.ts'
import type { Services } from '../../services.ts'
import { cookieName, cookieOptions } from './cookies.ts'

const maxAge = 3_600

/** The secret that binds sign-in states to this browser. It outlives the session, which a sign-in replaces. */
export function pairingSecret(services: Pick<Services, 'config'>, { cookies }: FastifyRequest): string {
  return cookies[nameOf(services)] ?? ''
}

/** Sets the cookie with the secret, if there was none. */
export function holdPairingSecret(
  services: Pick<Services, 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
): string {
  const secret = pairingSecret(services, request) || newToken()
  reply.setCookie(nameOf(services), secret, { ...cookieOptions(services), maxAge })
  return secret
}

/** Ends all sign-ins under way in this browser, as another person may use it next. */
export async function forgetPairings(
  services: Pick<Services, 'config' | 'signInStates'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const secret = pairingSecret(services, request)
  if (!secret) return
  delete request.cookies[nameOf(services)]
  reply.clearCookie(nameOf(services), cookieOptions(services))
  await services.signInStates.forget(secret)
}

function nameOf(services: Pick<Services, 'config'>): string {
  return cookieName(services, 'polldock_pairing')
}
