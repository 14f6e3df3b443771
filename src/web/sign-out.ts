import type { FastifyInstance } from 'fastify'
import { field, fieldsOf } from '../pages/forms.ts'
import { ownPath } from '../pages/way-back.ts'
import { forgetReceipts } from '../receipt-cookies.ts'
import type { WebOptions } from './web.ts'

/** Leaves the browser as one that nobody has acted in. Guests are not offered it: they could not come back. */
export async function signOut(app: FastifyInstance, { services }: WebOptions): Promise<void> {
  app.post('/sign-out', { preHandler: [app.csrfProtection, app.limits.write] }, async (request, reply) => {
    await app.signOut(request, reply)
    forgetReceipts(services, request, reply)
    return reply.redirect(ownPath(field(fieldsOf(request), 'back')) ?? '/', 303)
  })
}
