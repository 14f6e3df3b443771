import type { FastifyRequest } from 'fastify'

/**
 * Renames the fields of `POST /activities` as `POST /messages` has them. The first version of the API had other names, which
 * Flowdock's own example application uses: `token` for the flow token, and `external_id` or `thread_id` for the poster's own id
 * of the thread.
 */
export async function takeOlderNames(request: FastifyRequest): Promise<void> {
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return
  const { token, external_id: externalId, thread_id: threadId, ...fields } = body as Record<string, unknown>
  request.body = { flow_token: token, external_thread_id: externalId ?? threadId, ...fields }
}
