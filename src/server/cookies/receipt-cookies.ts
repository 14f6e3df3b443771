import type { FastifyReply, FastifyRequest } from 'fastify'
import { readReceiptCode } from '../../polls/anonymous/receipt.ts'
import { isPollId } from '../../polls/model/ids.ts'
import type { Services } from '../../services.ts'
import { cookieName, cookieOptions } from './cookies.ts'

/** Beyond this, the oldest are deleted: servers limit the size of cookies. */
const maxKept = 40

/**
 * The receipt that the browser stores for this poll. Each receipt has a separate cookie, as several responses may set
 * one at the same time.
 */
export function keptReceipt(
  services: Pick<Services, 'config'>,
  { cookies }: FastifyRequest,
  pollId: string,
): string | undefined {
  return readReceiptCode(cookies[nameOf(services, pollId)] ?? '')
}

/** Stores the receipt in the browser, the only place that has it, or renews its cookie. */
export function keepReceipt(
  services: Pick<Services, 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { pollId, code }: { pollId: string; code: string },
): void {
  // Browsers send the cookies that they have had longest first.
  const others = pollsIn(services, request).filter((id) => id !== pollId)
  const surplus = others.slice(0, Math.max(0, others.length + 1 - maxKept))
  for (const id of surplus) forgetReceipt(services, request, reply, id)
  reply.setCookie(nameOf(services, pollId), code, cookieOptions(services))
}

/** Removes the receipt from this request and from the browser. */
export function forgetReceipt(
  services: Pick<Services, 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
  pollId: string,
): void {
  const name = nameOf(services, pollId)
  delete request.cookies[name]
  reply.clearCookie(name, cookieOptions(services))
}

/** Another person uses the browser from now on. */
export function forgetReceipts(services: Pick<Services, 'config'>, request: FastifyRequest, reply: FastifyReply): void {
  for (const pollId of pollsIn(services, request)) forgetReceipt(services, request, reply, pollId)
}

function pollsIn(services: Pick<Services, 'config'>, { cookies }: FastifyRequest): string[] {
  const prefix = nameOf(services, '')
  const ids = Object.keys(cookies).filter((name) => name.startsWith(prefix))
  return ids.map((name) => name.slice(prefix.length)).filter(isPollId)
}

function nameOf(services: Pick<Services, 'config'>, pollId: string): string {
  return cookieName(services, `polldock_receipt_${pollId}`)
}
