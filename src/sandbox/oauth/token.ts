import formbody from '@fastify/formbody'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Applications } from '../state/applications.ts'
import type { Application, User } from '../state/types.ts'
import { type Grants, type Tokens, tokenLifetime } from './grants.ts'
import { readScopes } from './scopes.ts'
import { isSame } from './secrets.ts'

export type OAuthOptions = { grants: Grants; world: { applications: Applications; users: readonly User[] } }

const text = z.string().max(4_096).optional()
/** A repeated parameter becomes a list, which the schema refuses. */
const tokenRequest = z.object({
  grant_type: text,
  client_id: text,
  client_secret: text,
  code: text,
  redirect_uri: text,
  refresh_token: text,
  username: text,
  password: text,
  scope: text,
})
type TokenRequest = z.output<typeof tokenRequest>

/** `POST /oauth/token` (RFC 6749), form or JSON. */
export async function token(app: FastifyInstance, { grants, world }: OAuthOptions): Promise<void> {
  await app.register(formbody)
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500) return refuse(reply.code(status), 'invalid_request', error.message)
    request.log.error({ err: error }, 'Issuing a token failed')
    return refuse(reply.code(500), 'server_error', 'The sandbox failed.')
  })

  app.post('/oauth/token', async (request, reply) => {
    const { data: body } = tokenRequest.safeParse(request.body)
    if (!body) return refuse(reply, 'invalid_request', 'Send a form or JSON, each parameter once.')
    const application = authenticateClient(world.applications, request.headers.authorization, body)
    if (!application) {
      reply.code(401).header('www-authenticate', 'Basic realm="applications"')
      return refuse(reply, 'invalid_client', 'No application has this id and secret.')
    }
    const result = issue(body, application)
    return 'error' in result ? refuse(reply, result.error, result.description) : answer(reply, result)
  })

  function issue(body: TokenRequest, application: Application): Tokens | TokenProblem {
    if (body.grant_type === 'authorization_code') return forCode(body, application)
    if (body.grant_type === 'refresh_token') return grants.refresh(application, body.refresh_token ?? '') ?? spent
    if (body.grant_type === 'password') return forPassword(body, application)
    if (body.grant_type === undefined) return { error: 'invalid_request', description: 'grant_type is missing.' }
    return { error: 'unsupported_grant_type', description: 'Send authorization_code, refresh_token or password.' }
  }

  function forCode({ code = '', redirect_uri }: TokenRequest, application: Application): Tokens | TokenProblem {
    if (redirect_uri !== application.callbackUri) return otherCallback
    return grants.exchange(application, code) ?? spent
  }

  function forPassword(
    { username = '', password = '', scope }: TokenRequest,
    client: Application,
  ): Tokens | TokenProblem {
    const scopes = readScopes(scope)
    if (!scopes) return { error: 'invalid_scope', description: 'This scope does not exist.' }
    const user = world.users.find(({ email }) => email === username)
    if (!user || !isSame(password, user.password)) return wrongPassword
    return grants.signIn(user, client, scopes)
  }
}

type TokenProblem = { error: string; description: string }

const spent: TokenProblem = {
  error: 'invalid_grant',
  description: 'It was used before, has expired, or belongs to another application.',
}
const otherCallback: TokenProblem = { error: 'invalid_grant', description: 'redirect_uri is not the registered one.' }
const wrongPassword: TokenProblem = { error: 'invalid_grant', description: 'The user name or the password is wrong.' }

function answer(reply: FastifyReply, { accessToken, refreshToken, scopes }: Tokens): FastifyReply {
  const fields = {
    access_token: accessToken,
    expires_in: tokenLifetime,
    // Separated by commas, as in Flowdock's examples, though requests use spaces.
    scope: [...scopes].join(','),
    token_type: 'bearer',
    ...(refreshToken && { refresh_token: refreshToken }),
  }
  uncached(reply)
  if (/\bjson\b/.test(reply.request.headers.accept ?? '')) return reply.send(fields)
  const form = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]))
  return reply.type('application/x-www-form-urlencoded; charset=utf-8').send(form.toString())
}

function refuse(reply: FastifyReply, error: string, description: string): FastifyReply {
  if (reply.statusCode === 200) reply.code(400)
  return uncached(reply).send({ error, error_description: description })
}

function uncached(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
}

/** The application that sends the request, by its id and secret in the header (basic) or the body. */
function authenticateClient(
  applications: Applications,
  header: string | undefined,
  body: { client_id?: string | undefined; client_secret?: string | undefined },
): Application | undefined {
  const { id, secret } = basicCredentials(header) ?? { id: body.client_id ?? '', secret: body.client_secret ?? '' }
  const application = applications.withClientId(id)
  return application && isSame(secret, application.clientSecret) ? application : undefined
}

/** Both parts are form-encoded before they are joined (RFC 6749, 2.3.1). */
function basicCredentials(header = ''): { id: string; secret: string } | undefined {
  const encoded = /^basic ([\w+/=-]+)$/i.exec(header)?.[1]
  if (!encoded) return
  const pair = Buffer.from(encoded, 'base64').toString()
  const [id = '', secret = ''] = [pair.split(':', 1)[0], pair.slice(pair.indexOf(':') + 1)].map(decoded)
  return { id, secret }
}

function decoded(text = ''): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
