import type { FastifyReply, FastifyRequest } from 'fastify'
import { readReceiptCode } from '../polls/secret-ballots/receipt.ts'
import type { Services } from '../services.ts'
import { cookieOptions } from '../session-cookie.ts'

/** With more, the oldest are let go: browsers and servers take only so much. */
const mostKept = 20

type Kept = { pollId: string; code: string }

/** The receipt that the browser keeps of a ballot in this poll. */
export function keptReceipt(services: Services, request: FastifyRequest, pollId: string): string | undefined {
  return keptIn(services, request).find((one) => one.pollId === pollId)?.code
}

/** Has the browser keep the receipt of its ballot in this poll, the only place where it is. */
export function keepReceipt(services: Services, request: FastifyRequest, reply: FastifyReply, kept: Kept): void {
  const others = keptIn(services, request).filter(({ pollId }) => pollId !== kept.pollId)
  keep(services, reply, [kept, ...others].slice(0, mostKept))
}

export function forgetReceipt(services: Services, request: FastifyRequest, reply: FastifyReply, pollId: string): void {
  const others = keptIn(services, request).filter((one) => one.pollId !== pollId)
  keep(services, reply, others)
}

/** For whoever uses the browser next. */
export function forgetReceipts(services: Services, reply: FastifyReply): void {
  keep(services, reply, [])
}

function keep(services: Services, reply: FastifyReply, kept: readonly Kept[]): void {
  const [name, options] = [nameOf(services), { ...cookieOptions(services), path }]
  if (kept.length === 0) reply.clearCookie(name, options)
  else reply.setCookie(name, kept.map(({ pollId, code }) => `${pollId}.${code}`).join('~'), options)
}

function keptIn(services: Services, request: FastifyRequest): Kept[] {
  const cookie = request.cookies[nameOf(services)] ?? ''
  return cookie.split('~').flatMap((pair) => {
    const [pollId = '', code = ''] = pair.split('.')
    return readReceiptCode(code) === code ? [{ pollId, code }] : []
  })
}

/** Where polls are, and nowhere else. */
const path = '/polls'

/** The prefix lets nobody set it under plain http. */
function nameOf({ config }: Services): string {
  return config.publicUrl.protocol === 'https:' ? '__Secure-polldock_receipts' : 'polldock_receipts'
}
