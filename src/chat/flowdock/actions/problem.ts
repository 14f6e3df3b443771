import type { FastifyReply } from 'fastify'

/** Problem details (RFC 9457). What they say is for the person who picked the action; the id is for whoever helps. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const title = titles[status] ?? 'That did not work'
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, requestId: reply.request.id })
  return reply.code(status).type('application/problem+json').send(body)
}

const titles: Record<number, string> = {
  401: 'Not recognised',
  403: 'Not allowed',
  404: 'Not found',
  409: 'No longer possible',
  410: 'No longer there',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Busy',
}
