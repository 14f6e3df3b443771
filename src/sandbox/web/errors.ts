import type { FastifyError, FastifyInstance } from 'fastify'
import type { ShowPage } from './page.ts'
import { Refused } from './refused.ts'

const headings: Record<number, string> = {
  400: 'That was not understood',
  403: 'That is not for you',
  404: 'There is nothing here',
  422: 'Something needs correcting',
  503: 'Too many are watching',
}

const foreign =
  'This form was not sent by a page of the sandbox, or your browser keeps no cookies. Reload the page and try again.'

/** Whatever goes wrong, as a page. */
export function errorPages(app: FastifyInstance, showPage: ShowPage): void {
  app.get('/app/*', () => {
    throw new Refused(404, 'The link may be incomplete.')
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error instanceof Refused ? error.statusCode : (error.statusCode ?? 500)
    if (status >= 500 && !(error instanceof Refused)) request.log.error({ err: error }, 'A page of the sandbox failed')
    return showPage(request, reply.code(status), 'error', {
      title: headings[status] ?? 'Something went wrong',
      message: messageOf(error, status),
    })
  })
}

function messageOf(error: FastifyError, status: number): string {
  if (error.code?.startsWith('FST_CSRF_')) return foreign
  return status < 500 || error instanceof Refused ? error.message : 'The fault is the sandbox’s own.'
}
