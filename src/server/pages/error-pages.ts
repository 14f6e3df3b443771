import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refusals } from '../../errors.ts'
import type { Services } from '../../services.ts'
import { Overloaded } from '../load-shedding.ts'
import { asset } from '../views.ts'
import { carried } from './forms.ts'
import { showPage } from './page.ts'

const headings: Record<number, string> = {
  400: 'That was not understood',
  403: 'That is not allowed',
  404: 'There is nothing here',
  409: 'That is no longer possible',
  410: 'This poll is gone',
  413: 'That is too much text',
  415: 'That was not a form',
  422: 'Something needs correcting',
  429: 'Slow down a little',
  503: 'Polldock is very busy',
}

const explanations: Record<number, string> = {
  404: 'The link may be incomplete, or the poll was never here.',
  413: 'One form holds at most 64 KiB. Nothing was saved, but what you typed is still in the form: go back and shorten it.',
  415: 'This address takes what a form on a page sends. Programs use the JSON API at /api.',
}

const foreignForm =
  'This was not sent by a page of ours, or your browser keeps no cookies. Open the page here and send it from there.'

/** 404, 410, 413, 422, 429, 500 and their kin as pages in the app's look. */
export function errorPages(app: FastifyInstance, { clock, database }: Pick<Services, 'clock' | 'database'>): void {
  const show = (request: FastifyRequest, reply: FastifyReply, status: number, message: string) =>
    showPage(request, reply.code(status), 'error', {
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
      if (error !== thrown) request.log.warn({ err: thrown }, 'The database does not answer')
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
      'This is an error in Polldock. It was logged. Nothing you did before is lost. Try again in a moment.',
    )
  })
}

/** Without the frame that other pages have: it costs next to nothing. */
function showBusy({ id: requestId }: FastifyRequest, reply: FastifyReply, { message }: Overloaded) {
  reply.code(503).header('cache-control', 'no-store').type('text/html; charset=utf-8')
  return reply.view('busy', { message, asset, page: { requestId } })
}

/** A form of ours whose token has expired is sent again with a click. Nothing that another site made up is offered. */
function offerAgain(request: FastifyRequest, reply: FastifyReply, now: Date) {
  const model = { title: 'Please send that once more', now, action: request.url, carried: carried(request) }
  return showPage(request, reply.code(403), 'expired', model)
}

/** Browsers tell where a form stood; over plain http by Origin alone. */
function isFromOurPage({ headers, host }: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined) return site === 'same-origin'
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}
