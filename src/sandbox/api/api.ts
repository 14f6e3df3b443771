import cors from '@fastify/cors'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { applications } from '../applications/api.ts'
import type { TokenLookup } from '../identity.ts'
import type { World } from '../world.ts'
import { Access } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { failures } from './failure.ts'
import { files } from './files/files.ts'
import { demandParsable, demandSmall, refusalOf } from './files/large-bodies.ts'
import { acceptUploads } from './files/upload.ts'
import { flows } from './flows.ts'
import { parseForm } from './form.ts'
import { comments } from './messages/comments.ts'
import { message } from './messages/message.ts'
import { messages } from './messages/messages.ts'
import { threads } from './messages/threads.ts'
import { flowUsers } from './people/flow-users.ts'
import { invitations } from './people/invitations.ts'
import { managedFlows } from './people/managed-flows.ts'
import { organizations } from './people/organizations.ts'
import { users } from './people/users.ts'
import { conversations } from './private/conversations.ts'
import { privateMessages } from './private/private-messages.ts'
import { push } from './push/push.ts'
import { patchToo } from './request/methods.ts'
import { queryParameters } from './request/query-parameters.ts'
import { source, sources } from './sources.ts'
import { Streams } from './streams.ts'

type ApiOptions = {
  world: World
  /** Finds the identity of an OAuth access token. */
  lookup: TokenLookup
  /** The interval of heartbeats in streams, in milliseconds. */
  heartbeat: number
}

/** Flowdock's REST API and its streaming API. */
export async function api(app: FastifyInstance, { world, lookup, heartbeat }: ApiOptions): Promise<void> {
  failures(app)
  bodies(app)
  queryParameters(app)
  patchToo(app)
  await app.register(cors, crossOrigin)
  const access = new Access(world, lookup)
  const parts: ApiParts = { world, access, streams: new Streams(world, access, heartbeat) }
  app.addHook('preClose', async () => parts.streams.close())
  const resources: FastifyPluginAsync<ApiParts>[] = [
    uploads,
    files,
    message,
    threads,
    sources,
    source,
    flows,
    managedFlows,
    flowUsers,
    users,
    push,
    organizations,
    invitations,
    conversations,
    privateMessages,
    applications,
  ]
  for (const resource of resources) await app.register(resource, parts)
}

/** What can carry files. */
async function uploads(app: FastifyInstance, parts: ApiParts): Promise<void> {
  await acceptUploads(app, parts.world.files.maxSize)
  await app.register(messages, parts)
  await app.register(comments, parts)
}

/** Accepts JSON and forms. Many clients send a content type without a body. */
function bodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, json, done) => {
    if (json.trim() === '') return done(null, undefined)
    void parse(request, demandParsable(json), (error, body) => done(error ?? refusalOf(json, body), body))
  })
  app.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string) => parseForm(demandSmall(body)),
  )
}

/** @see https://github.com/flowdock/api-docs/blob/master/docs/general-information.md */
const crossOrigin = {
  origin: true,
  methods: ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS'],
  allowedHeaders: [
    ...['Origin', 'Accept', 'Content-Type', 'Authorization', 'X-CSRF-Token', 'X-Requested-With'],
    ...['X-Prototype-Version', 'X-Flowdock-Wait-For-Message', 'Last-Event-ID'],
  ],
  exposedHeaders: ['Flowdock-User', 'Link'],
  strictPreflight: false,
}
