import type { FastifyInstance, FastifyRequest } from 'fastify'
import { badJson, MatrixError } from '../matrix-error.ts'
import { type Content, isObject } from '../room/event.ts'

/** Takes any body as text, whatever its content type says. */
export function takeBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('*', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => body)
}

/** The body, which has to be a JSON object. */
export function jsonBody({ body }: FastifyRequest): Content {
  const value = parsed(typeof body === 'string' ? body : '')
  if (isObject(value)) return value
  throw badJson('Content must be a JSON object.')
}

/** The body of a request that may have none. */
export function optionalBody(request: FastifyRequest): Content {
  return request.body ? jsonBody(request) : {}
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new MatrixError(400, 'M_NOT_JSON', 'Content not JSON.')
  }
}

/** A field of the body that has to be a text. */
export function textField(body: Content, name: string): string {
  const { [name]: value } = body
  if (typeof value === 'string') return value
  throw new MatrixError(400, value === undefined ? 'M_MISSING_PARAM' : 'M_INVALID_PARAM', `Missing param: ${name}`)
}
