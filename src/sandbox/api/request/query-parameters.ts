import type { FastifyInstance } from 'fastify'
import { parseForm } from '../form.ts'

const isChange = (method: string) => method === 'POST' || method === 'PUT' || method === 'PATCH'

/**
 * Adds the parameters in the query to the body, whose own values win. Flowdock takes both, and some clients send everything in
 * the query.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/authentication.md#source-token-authentication
 */
export function queryParameters(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const { method, url, body } = request
    const start = url.indexOf('?')
    if (start < 0 || !isChange(method) || !isFields(body)) return
    request.body = { ...parseForm(url.slice(start + 1)), ...body }
  })
}

/** Whether the body is an object, or is missing. */
function isFields(body: unknown): body is Record<string, unknown> | undefined {
  return body === undefined || (typeof body === 'object' && body !== null && !Array.isArray(body))
}
