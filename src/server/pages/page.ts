import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { newToken } from '../../people/model/ids.ts'
import { isolated } from '../../polls/model/direction.ts'
import { asset } from '../assets.ts'
import { buildId, type Page, type PageFrame, type Views } from '../views.ts'
import { ownPath } from './return-path.ts'

type PageName = { [Name in keyof Views]: Views[Name] extends Page ? Name : never }[keyof Views]

type GivenPage<Name extends PageName> = Omit<Views[Name], keyof Page> & { title: string; now: Date }

/** Answers with a page: what `views/<view>.eta` makes of the model, in the frame that all pages share. */
export async function showPage<Name extends PageName>(
  request: FastifyRequest,
  reply: FastifyReply,
  view: Name,
  model: GivenPage<Name>,
) {
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache')
  reply.header('vary', 'Cookie').type('text/html; charset=utf-8')
  const html = await reply.viewAsync(view, { ...model, page: frame(request, reply, model.title) })
  // As a string, Fastify would measure it and Node copy it once more: a third of the time of a long page.
  return reply.send(Buffer.from(html))
}

function frame(request: FastifyRequest, reply: FastifyReply, title: string): PageFrame {
  const { id: requestId, person, isSignedIn } = request
  const [csrf, once, flash] = [reply.generateCsrf(), newToken(), reply.takeFlash()]
  return {
    requestId,
    title,
    // Read first by screen readers.
    windowTitle: [409, 422].includes(reply.statusCode) ? `Error: ${isolated(title)}` : isolated(title),
    asset,
    csrf,
    once,
    flash,
    person,
    isSignedIn,
    back: placeOf(request),
  }
}

/** The page to return to. The response to a form and the OAuth callback are not pages to open again. */
function placeOf({ method, url }: FastifyRequest): string {
  const isPage = method === 'GET' && !url.startsWith('/auth/')
  return (isPage && ownPath(url)) || '/'
}

/**
 * Answers 304 if the browser has this page. The ETag covers everything that a page depends on: its content, the viewer,
 * the cookies, the templates, and (`timeBucket`) the age of relative times. A browser without cookies gets the page: if it
 * has lost them, the forms of the page that it has would be refused.
 *
 * @returns whether it was answered
 */
export function notModified(request: FastifyRequest, reply: FastifyReply, shown: string): boolean {
  const viewer = [request.person?.id, request.person?.name, request.isSignedIn, request.headers.cookie].join()
  const tag = `W/"${createHash('sha1').update([shown, viewer, buildId].join('\n')).digest('base64url')}"`
  reply.header('etag', tag)
  if (request.headers['if-none-match'] !== tag || !request.headers.cookie) return false
  reply.header('cache-control', 'private, no-cache').header('vary', 'Cookie').code(304).send()
  return true
}

const minuteInMs = 60_000

/** Changes as often as the relative times: each minute for recent ones, each day for old ones. */
export function timeBucket(now: Date, times: readonly Date[]): string {
  const age = Math.min(...times.map((at) => Math.abs(now.getTime() - at.getTime())))
  const step = age < 60 * minuteInMs ? minuteInMs : age < 1_440 * minuteInMs ? 60 * minuteInMs : 1_440 * minuteInMs
  return `${step}:${Math.floor(now.getTime() / step)}`
}
