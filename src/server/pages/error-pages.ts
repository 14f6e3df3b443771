import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import type { Services } from '../../services.ts'
import { asset } from '../assets.ts'
import { Overloaded } from '../load-shedding.ts'
import type { Given, Page } from '../views.ts'
import { type CarriedField, carried } from './forms.ts'
import { showPage } from './page.ts'

const headings: Record<number, string> = {
  400: 'Bad request',
  403: 'This is not allowed',
  404: 'Page not found',
  409: 'This is no longer possible',
  410: 'This poll is gone',
  413: 'The text is too long',
  415: 'This is not a form',
  422: 'Something needs correcting',
  429: 'Too many requests',
  503: 'Polldock is very busy',
}

const explanations: Record<number, string> = {
  404: 'The link may be incomplete, or the poll does not exist.',
  413: 'One form holds at most 64 KiB. Nothing was saved, but what you typed is still in the form: go back and shorten it.',
  415: 'This address only takes forms from pages. Programs use the JSON API at /api.',
}

const foreignForm =
  'This form did not come from a page of Polldock, or your browser blocks cookies. Open the page here and send it again.'

export type ErrorPageModel = Page & { status: number; message: string }

/** A form that can be sent again. */
export type ExpiredPageModel = Page & { action: string; carried: CarriedField[] }

declare module '../views.ts' {
  interface Views {
    'errors/error': ErrorPageModel
    'errors/expired': ExpiredPageModel
  }
}

/** Answers errors such as 404, 413, 422 and 500 with pages. */
export function errorPages(app: FastifyInstance, { clock, database }: Pick<Services, 'clock' | 'database'>): void {
  const show = (request: FastifyRequest, reply: FastifyReply, status: number, message: string) =>
    showPage(request, reply.code(status), 'errors/error', {
      title: headings[status] ?? 'Something went wrong',
      now: clock(),
      status,
      message,
    })

  app.setNotFoundHandler({ preHandler: app.limits.write }, (request, reply) =>
    show(request, reply, 404, explanations[404] ?? ''),
  )
  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    if (thrown instanceof Overloaded) return showBusy(request, reply, thrown)
    const error = database.unavailability(thrown) ?? thrown
    if (error instanceof Refusal) {
      if (error.code === 'unavailable') reply.header('retry-after', 5)
      if (error !== thrown) request.log.warn({ err: thrown }, 'The database is unavailable')
      return show(request, reply, refusals[error.code].status, error.message)
    }
    if (error.code?.startsWith('FST_CSRF_'))
      return isFromOurPage(request) ? offerAgain(request, reply, clock()) : show(request, reply, 403, foreignForm)
    const status = error.statusCode ?? 500
    if (status < 500) return show(request, reply, status, explanations[status] ?? error.message)
    request.log.error({ err: error }, 'A page failed')
    return show(
      request,
      reply,
      500,
      'This is an error in Polldock, and it was logged. Nothing you did before is lost. Try again in a moment.',
    )
  })
}

/** Has no header with links, so it costs almost nothing to render. */
function showBusy({ id: requestId }: FastifyRequest, reply: FastifyReply, { message }: Overloaded) {
  reply.code(503).header('cache-control', 'no-store').type('text/html; charset=utf-8')
  return reply.view('errors/busy', { message, asset, page: { requestId } } satisfies Given<'errors/busy'>)
}

/** Offers to send a form with an expired token again. Forms from other sites are never offered. */
function offerAgain(request: FastifyRequest, reply: FastifyReply, now: Date) {
  const model = { title: 'Please send that again', now, action: request.url, carried: carried(request) }
  return showPage(request, reply.code(403), 'errors/expired', model)
}

/** Browsers name the site of the form in headers; over plain http only in `Origin`. */
function isFromOurPage({ headers, host }: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined) return site === 'same-origin'
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}
