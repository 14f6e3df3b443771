import type { FastifyInstance } from 'fastify'
import { typedSettings } from '../../server/pages/connection-form.ts'
import { type StartsPart, startsModel } from '../../server/pages/connection-starts.ts'
import type { Fields } from '../../server/pages/forms.ts'
import type { Given } from '../../server/views.ts'
import type { WebOptions } from '../web-options.ts'

declare module '../../server/views.ts' {
  interface Views {
    'parts/connections/starts': StartsPart
  }
}

/** How many polls a new connection would post. The form asks while categories are chosen. */
export async function openPolls(app: FastifyInstance, { services }: WebOptions<'polls'>): Promise<void> {
  app.get('/connections/open-polls', { preHandler: app.limits.search }, async (request, reply) => {
    const typed = { ...typedSettings(request.query as Fields), start: 'now' as const }
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')
    return reply.view('parts/connections/starts', {
      starts: startsModel(typed, await services.polls.openPolls()),
    } satisfies Given<'parts/connections/starts'>)
  })
}
