import { timingSafeEqual } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Refusal, refusals } from '../../../errors.ts'
import { tokenHash } from '../../../people/model/ids.ts'
import type { Services } from '../../../services.ts'
import type { PushedMessage } from '../../inbox/inbox-store.ts'
import { matrixChat } from '../ids.ts'
import type { MatrixChat } from '../matrix-chat.ts'
import { pushedMessage } from './incoming.ts'

export const applicationServicePath = '/_matrix/app/v1'

/** For 100 events of 64 kB, each with the content that it replaces. */
const bodyLimit = 32 * 1_048_576
/** These routes ignore cookies, so they need no CSRF token. The homeserver repeats what was refused under load. */
const config = { sessionless: true, shed: 'votes' } as const
const retryAfterSeconds = 2

const transaction = z.object({ events: z.array(z.unknown()) })

type TransactionsOptions = { services: Pick<Services, 'inbox' | 'database'>; matrix: MatrixChat }

/**
 * What the homeserver calls: it pushes the events of the rooms of the bot and its ghosts. Any answer but 200 makes it
 * repeat the transaction, and all later ones wait. So an event that is malformed, or of an unknown type, is no error.
 */
export async function transactions(app: FastifyInstance, { services, matrix }: TransactionsOptions): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (request) => checkToken(request, matrix.matrix.hsToken))
  answerErrors(app, services)

  app.put<{ Params: { id: string } }>('/transactions/:id', { config, bodyLimit }, async (request, reply) => {
    const { events } = bodyOf(request)
    const messages = events.flatMap((event) => messageIn(event, request, matrix) ?? [])
    const number = /^\d{1,15}$/.test(request.params.id) ? Number(request.params.id) : undefined
    if (await services.inbox.receive(matrixChat, { number, messages })) return {}
    reply.code(503).header('retry-after', retryAfterSeconds)
    return { errcode: 'M_LIMIT_EXCEEDED', error: 'Too many events wait to be handled.' }
  })

  // Who pings may have been away. The answer is about the way here, not about the database.
  app.post('/ping', { config, bodyLimit: 65_536 }, async (request) => {
    const failed = (err: unknown) => request.log.warn({ err }, 'After a ping, missed events cannot be searched')
    await services.inbox.searchMissed(matrixChat).catch(failed)
    return {}
  })

  for (const path of ['/users/:user', '/rooms/:alias'])
    app.get(path, { config }, async (_request, reply) => {
      reply.code(404)
      return { errcode: 'M_NOT_FOUND', error: 'Polldock makes its users and rooms itself.' }
    })
}

class WrongToken extends Error {
  readonly statusCode = 403
}

/** Compares digests in constant time. */
function checkToken({ headers }: FastifyRequest, token: string): void {
  const given = /^Bearer (.*)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  const [one, other] = [given, token].map((text) => Buffer.from(tokenHash(text)))
  if (!one || !other || !timingSafeEqual(one, other)) throw new WrongToken('This is not the hs_token.')
}

function bodyOf({ body }: FastifyRequest): z.output<typeof transaction> {
  try {
    return transaction.parse(JSON.parse(String(body)))
  } catch {
    throw Object.assign(new Error('A transaction is JSON with a list of events.'), { statusCode: 400 })
  }
}

/** A malformed event is set aside, whatever is wrong with it: the log says so, without its content. */
function messageIn(event: unknown, request: FastifyRequest, { users }: MatrixChat): PushedMessage | undefined {
  try {
    return pushedMessage(event, users)
  } catch (error) {
    const about =
      error instanceof z.ZodError
        ? { problems: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) }
        : { err: error }
    request.log.warn(about, 'A malformed event from the homeserver was set aside')
    return undefined
  }
}

const errcodes: Readonly<Record<number, string>> = {
  400: 'M_BAD_JSON',
  403: 'M_FORBIDDEN',
  404: 'M_UNRECOGNIZED',
  413: 'M_TOO_LARGE',
  429: 'M_LIMIT_EXCEEDED',
}

function answerErrors(app: FastifyInstance, { database }: Pick<Services, 'database'>): void {
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ errcode: errcodes[404], error: 'Polldock does not know this request.' }),
  )
  app.setErrorHandler<FastifyError | Refusal>((thrown, request, reply) => {
    const error = database.unavailability(thrown) ?? thrown
    const status = error instanceof Refusal ? refusals[error.code].status : (error.statusCode ?? 500)
    if (status >= 500) request.log.error({ err: thrown }, 'Events from the homeserver could not be stored')
    if (status === 503) reply.header('retry-after', retryAfterSeconds)
    const said = status === 500 ? 'Polldock failed. The error was logged.' : error.message
    return reply.code(status).send({ errcode: errcodes[status] ?? 'M_UNKNOWN', error: said })
  })
}
