import type { FastifyInstance, FastifyRequest } from 'fastify'

/** The route options of every form that changes something. */
export function changing(app: FastifyInstance) {
  return { preHandler: app.csrfProtection }
}

/** A field of the form, trimmed; empty if it was not sent. */
export function field(request: FastifyRequest, name: string): string {
  const { [name]: value } = (request.body ?? {}) as Record<string, unknown>
  return typeof value === 'string' ? value.trim() : ''
}

/** A refused page request, with a message for the user. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}
