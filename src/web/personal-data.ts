import type { FastifyInstance } from 'fastify'
import { showPage } from '../server/pages/page.ts'
import { personOf } from './poll/voting/ballot.ts'
import type { WebOptions } from './web-options.ts'

declare module '../server/views.ts' {
  interface Views {
    'me/my-data-removal': Page
  }
}

/** What is stored about oneself: to download, and to remove once it is clear what that means. */
export async function personalData(
  app: FastifyInstance,
  { services }: WebOptions<'clock' | 'personalData'>,
): Promise<void> {
  app.get('/me/data.json', { preHandler: app.limits.identity }, async (request, reply) => {
    if (!request.person) return reply.redirect('/me', 303)
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
    reply.header('content-disposition', 'attachment; filename="polldock-data.json"')
    return services.personalData.export(request.person.id, 2)
  })

  app.get('/me/delete', async (request, reply) => {
    if (!request.person) return reply.redirect('/me', 303)
    reply.header('cache-control', 'no-store')
    return showPage(request, reply, 'me/my-data-removal', { title: 'Delete your data', now: services.clock() })
  })

  app.post('/me/delete', { preHandler: [app.csrfProtection, app.limits.identity] }, async (request, reply) => {
    // A form that is sent twice finds nobody any more.
    if (request.person) await services.personalData.remove(personOf(request))
    await app.signOut(request, reply)
    return reply.redirect('/me?done=deleted', 303)
  })
}
