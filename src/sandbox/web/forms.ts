import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'

/** What every form that changes something goes through. */
export function changing(app: FastifyInstance) {
  return { preHandler: app.csrfProtection }
}

/** A field of the form, without white space around it; empty when it was not sent. */
export function field(request: FastifyRequest, name: string): string {
  const fields = z.record(z.string(), z.unknown()).safeParse(request.body).data ?? {}
  const value = fields[name]
  return typeof value === 'string' ? value.trim() : ''
}
