import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../../services.ts'
import { SignedCookie } from './cookies.ts'

type Keys = Pick<Services, 'config' | 'secrets'>

/** In seconds: how long the token waits for the page that shows it. */
const maxAge = 60

const cookieOf = (services: Keys) => new SignedCookie(services, 'private_link', maxAge)

/** Keeps the token of a new private link for the page of the poll that was just created. Only its hash is stored here. */
export function holdPrivateLink(services: Keys, reply: FastifyReply, token: string): void {
  cookieOf(services).set(reply, token)
}

/** Returns the token once. */
export function takePrivateLink(services: Keys, request: FastifyRequest, reply: FastifyReply): string | undefined {
  const token = cookieOf(services).read(request)
  cookieOf(services).clear(request, reply)
  return token
}
