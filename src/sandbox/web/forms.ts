import type { FastifyInstance, FastifyRequest } from 'fastify'

/** What every form that changes something goes through. */
export function changing(app: FastifyInstance) {
  return { preHandler: app.csrfProtection }
}

/** A field of the form, without white space around it; empty when it was not sent. */
export function field(request: FastifyRequest, name: string): string {
  const { [name]: value } = (request.body ?? {}) as Record<string, unknown>
  return typeof value === 'string' ? value.trim() : ''
}

/** Something that a page cannot do or show, and what the person who asked for it is told. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}
