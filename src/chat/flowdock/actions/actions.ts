import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ActionUsers } from '../../../people/action-users.ts'
import type { Services } from '../../../services.ts'
import { type ActionGoal, type ActionRequest, goalPath } from '../action-request.ts'
import type { FlowdockConfig } from '../config.ts'
import { flowdockChat } from '../ids.ts'
import { linkPath } from '../paths.ts'
import { signClaim } from './claim.ts'
import { failures, sendProblem } from './failures.ts'
import { earlierResult, type IdempotencyProof, performAction } from './perform-action.ts'
import type { Result } from './result.ts'
import { checkToken, type Sender, type SignedRequest, tokenKey } from './token.ts'

type ActionServices = Services & { users: ActionUsers }
type ActionRoute = { Params: { id: string; optionId?: string }; Querystring: Record<string, unknown> }

const bodyLimit = 64 * 1024
/** These routes ignore cookies, so they need no CSRF token: no browser sends the token's header by itself. */
const config = { sessionless: true, shed: 'votes' } as const
const goals: ActionGoal[] = [
  { kind: 'ballot', optionId: ':optionId' },
  { kind: 'off-ballot', optionId: ':optionId' },
  { kind: 'no-ballot' },
  { kind: 'closed' },
  { kind: 'open' },
]

/** The webhook of thread actions. Flowdock sends these requests with a signed token that names the person. */
export async function actions(app: FastifyInstance, options: { services: Services; flowdock: FlowdockConfig }) {
  const { services, flowdock } = options
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))
  failures(app, services)
  const users = services.actionUsersOf(flowdockChat)
  const keys = await Promise.all(flowdock.clientSecrets.map(tokenKey))
  for (const goal of goals) {
    app.post<ActionRoute>(goalPath(':id', goal), { config }, async (request, reply) => {
      const { 'flowdock-token': token } = request.headers
      const sender = await checkToken(token, carrierOf(services, request), keys, services.clock())
      return answer({ ...services, users }, request, reply, sender, requestOf(request, goal))
    })
  }
}

/** The URL as we posted it: below the public URL, whatever proxies the request passed. */
function carrierOf({ config }: Pick<Services, 'config'>, { method, originalUrl, body }: FastifyRequest): SignedRequest {
  const url = `${config.publicUrl.origin}${originalUrl}`
  return { method, url, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) }
}

/** The URL alone says what the action asks for. */
function requestOf({ params, query }: FastifyRequest<ActionRoute>, goal: ActionGoal): ActionRequest {
  const { id: pollId, optionId = '' } = params
  const { revision } = query
  const offeredAtRevision = typeof revision === 'string' && /^\d{1,9}$/.test(revision) ? Number(revision) : 0
  return { pollId, goal: 'optionId' in goal ? { ...goal, optionId } : goal, offeredAtRevision }
}

async function answer(
  services: ActionServices,
  request: FastifyRequest,
  reply: FastifyReply,
  sender: Sender,
  actionRequest: ActionRequest,
) {
  const result = await resultFor(services, request, reply, sender, actionRequest)
  if (!result) return challenge(services, reply, sender, actionRequest)
  const { status, text, code } = result
  services.metrics?.threadActions.count(status === 200 ? 'done' : 'refused', code)
  return status === 200 ? reply.send({ message: text }) : sendProblem(reply, status, text)
}

/** Undefined for an unknown account, unless the account was known when this token was first used. */
async function resultFor(
  services: Pick<ActionServices, 'database' | 'ballotBox' | 'users' | 'delivery'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { accountId, tokenHash }: Sender,
  actionRequest: ActionRequest,
): Promise<Result | undefined> {
  const proof: IdempotencyProof = { kind: 'token', tokenHash }
  request.person = await services.users.find(accountId, tokenHash)
  if (!request.person) return earlierResult(services, actionRequest, proof)
  await request.server.limits.vote(request, reply)
  return performAction(services, request.person, actionRequest, proof)
}

/** Flowdock shows the link to the person who clicked. There they sign in, and then the action is performed. */
async function challenge(
  services: Pick<ActionServices, 'config' | 'secrets' | 'clock' | 'metrics' | 'users'>,
  reply: FastifyReply,
  sender: Sender,
  actionRequest: ActionRequest,
) {
  const { secrets, users, clock, config, metrics } = services
  const { accountId, tokenHash, expiresAt } = sender
  await users.markTokenUsed(tokenHash, expiresAt)
  const claim = await signClaim(secrets, { accountId, tokenHash, actionRequest }, clock())
  const url = new URL(`${linkPath}?${new URLSearchParams({ claim })}`, config.publicUrl)
  metrics?.threadActions.count('challenged')
  reply.header('www-authenticate', `Flowdock-Token url=${url.href}`)
  return sendProblem(
    reply,
    401,
    'Polldock does not know you yet. Follow the link and sign in. Then your action is performed.',
  )
}
