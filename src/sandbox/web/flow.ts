import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ShownOutcome } from '../actions/outcome.ts'
import { matrixUser } from '../matrix/web/people.ts'
import { postChatLine } from '../state/chat.ts'
import type { Flow } from '../state/flow.ts'
import type { World } from '../world.ts'
import { chatModel, type EntryModel, threadEntries } from './conversation.ts'
import { changing, field, Refused } from './forms.ts'
import { type InboxItem, inboxModel, problemsModel } from './inbox.ts'
import { type Pane, type SandboxPage, type SandboxWebOptions, type ShownFlow, shownFlow } from './page.ts'
import { flowPath, threadPath } from './paths.ts'
import { signedIn } from './session.ts'
import { railTopic } from './stream.ts'
import { type ThreadModel, threadModel } from './thread-model.ts'

export type FlowParams = { Params: { organization: string; flow: string } }
export type ThreadParams = { Params: { organization: string; flow: string; thread: string } }

export type FlowPageModel = SandboxPage & {
  flow: ShownFlow
  pane: Pane
  entries: EntryModel[]
  thread?: ThreadModel
  outcome?: ShownOutcome | undefined
  inbox: InboxItem[]
  problems: { name: string; message: string }[]
}
export type ThreadHeadPart = SandboxPage & { flow: ShownFlow; thread: ThreadModel }
export type OutcomePart = Pick<FlowPageModel, 'outcome'>

declare module './page.ts' {
  interface Views {
    flow: FlowPageModel
  }
}

/** The page of a flow: its chat or a thread, and the inbox. */
export async function flow(app: FastifyInstance, options: SandboxWebOptions): Promise<void> {
  const { world, matrix, outcomes, openPages } = options
  const show = showFlow(options)
  const subscriptions = [
    world.changes.subscribe(({ flow, kind }) => {
      if (kind !== 'activity') openPages.changed(kind === 'flow' ? railTopic : flow.id)
    }),
    world.people.changes.subscribe(() => openPages.changed(railTopic)),
  ]
  app.addHook('preClose', async () => {
    for (const unsubscribe of subscriptions) unsubscribe()
  })

  app.get('/', async (request, reply) => {
    const user = signedIn(request, world)
    const [first] = world.flowsOf(user)
    if (!first) throw new Refused(404, `${user.name} is in no flow.`)
    return reply.redirect(flowPath(world, first))
  })

  app.get<FlowParams>('/app/:organization/:flow', async (request, reply) => {
    const flow = flowOf(world, request)
    return show(request, reply, flow, { title: flow.name, pane: 'chat', entries: chatModel(world, flow) })
  })

  app.get<FlowParams>('/app/:organization/:flow/inbox', async (request, reply) => {
    const flow = flowOf(world, request)
    const model = { title: `Inbox of ${flow.name}`, pane: 'inbox', entries: chatModel(world, flow) } as const
    return show(request, reply, flow, model)
  })

  app.get<ThreadParams>('/app/:organization/:flow/threads/:thread', async (request, reply) => {
    const flow = flowOf(world, request)
    const found = threadOf(flow, request)
    const thread = threadModel(app, found, threadPath(world, flow, found))
    const { outcome } = request.query as { outcome?: unknown }
    const entries = threadEntries(world, flow, thread.id)
    return show(request, reply, flow, {
      title: thread.title,
      ...{ pane: 'thread', thread, entries, outcome: outcomes.get(String(outcome)) },
    })
  })

  app.get<FlowParams>('/app/:organization/:flow/stream', { exposeHeadRoute: false }, async (request, reply) => {
    const user = matrix && matrixUser(matrix.homeserver, signedIn(request, world))
    openPages.open(reply, [flowOf(world, request).id, ...(user ? [user] : [])])
  })
}

type OpenPane = { title: string } & Pick<FlowPageModel, 'pane' | 'entries' | 'thread' | 'outcome'>

/** Shows a pane with the inbox of its flow. */
export function showFlow({ world, showPage }: SandboxWebOptions) {
  return async (request: FastifyRequest, reply: FastifyReply, flow: Flow, pane: OpenPane): Promise<FastifyReply> => {
    const shown = shownFlow(world, flow)
    const inbox = { inbox: inboxModel(world, flow), problems: problemsModel(world, flow) }
    return showPage(request, reply, 'flow', { ...pane, ...inbox, flow: shown })
  }
}

/** @throws {Refused} for an unknown flow, or if the user is not in it */
export function flowOf(world: World, request: FastifyRequest<FlowParams>): Flow {
  const { organization, flow: name } = request.params
  const flow = world.flowNamed(organization, name)
  if (!flow || flow.isDisabled) throw new Refused(404, 'This flow does not exist.')
  const user = signedIn(request, world)
  if (flow.has(user)) return flow
  throw new Refused(403, `${user.name} is not in the flow ${flow.name}. Switch to a user who is.`)
}

/** @throws {Refused} for an unknown thread */
export function threadOf(flow: Flow, { params }: FastifyRequest<ThreadParams>) {
  const thread = flow.threads.get(params.thread)
  if (thread) return thread
  throw new Refused(404, 'This thread does not exist. The sandbox deletes all threads when it restarts.')
}

const maxLineLength = 8_000

/** Posts chat lines, to a flow or to one of its threads. */
export async function chat(app: FastifyInstance, { world }: SandboxWebOptions): Promise<void> {
  app.post<FlowParams>('/app/:organization/:flow/chat', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    postChatLine(flow, { user: signedIn(request, world) }, { content: chatLine(field(request, 'content')) })
    return reply.redirect(flowPath(world, flow), 303)
  })

  app.post<ThreadParams>('/app/:organization/:flow/threads/:thread/chat', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    const thread = threadOf(flow, request)
    postChatLine(flow, { user: signedIn(request, world) }, { content: chatLine(field(request, 'content')) }, { thread })
    return reply.redirect(threadPath(world, flow, thread), 303)
  })
}

/** @throws {Refused} if the line is empty or too long */
export function chatLine(content: string): string {
  if (content === '') throw new Refused(422, 'The message is empty. Go back and type one.')
  if (content.length > maxLineLength) throw new Refused(422, `A line holds at most ${maxLineLength} characters.`)
  return content.toWellFormed()
}
