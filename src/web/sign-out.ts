import type { FastifyInstance } from 'fastify'
import { field, fieldsOf } from '../pages/forms.ts'
import { ownPath } from '../pages/way-back.ts'

/** Leaves the browser as one that nobody has acted in. Guests are not offered it: they could not come back. */
export async function signOut(app: FastifyInstance): Promise<void> {
  // In a tab that shows the form of a session that has ended, there is nothing to protect.
  const csrfProtection: typeof app.csrfProtection = (request, reply, done) =>
    request.session ? app.csrfProtection(request, reply, done) : done()
  app.post('/sign-out', { preHandler: [csrfProtection, app.limits.write] }, async (request, reply) => {
    await app.signOut(request, reply)
    return reply.redirect(ownPath(field(fieldsOf(request), 'back')) ?? '/', 303)
  })
}
