import type { FastifyInstance } from 'fastify'

/** Leaves the browser as one that nobody has acted in. Guests are not offered it: they could not come back. */
export async function signOut(app: FastifyInstance): Promise<void> {
  app.post('/sign-out', { preHandler: [app.csrfProtection, app.limits.write] }, async (request, reply) => {
    await app.signOut(request, reply)
    return reply.redirect('/connections', 303)
  })
}
