import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { connect } from '../state/inbox.ts'
import type { Source } from '../state/types.ts'
import { changing, field } from '../web/forms.ts'
import { type SandboxPage, type SandboxWebOptions, type ShownFlow, shownFlow } from '../web/page.ts'
import { signedIn } from '../web/session.ts'
import { applicationModel } from './model.ts'
import { type ApplicationParams, applicationOf, applicationPath, applicationsPath } from './paths.ts'
import { SentForms } from './sent-forms.ts'

export type ApplicationPageModel = SandboxPage & ReturnType<typeof applicationModel> & { sourceForm: SourceFormModel }
/** The form of the tool that generates sources. */
type SourceFormModel = { key: string; typed: { name: string; flow: string }; error: string | undefined }

/** The page that shows a flow token, once. */
export type NewSourcePageModel = SandboxPage & {
  application: { name: string; path: string }
  flow: ShownFlow
  source: { name: string; flowToken: string }
  /** Where messages are posted. */
  messagesUrl: string
}

declare module '../web/page.ts' {
  interface Views {
    application: ApplicationPageModel
    'new-source': NewSourcePageModel
  }
}

const maxNameLength = 255

/** The page of one application, and its tool that generates a source for a flow. */
export async function sourceTool(app: FastifyInstance, { world, showPage }: SandboxWebOptions): Promise<void> {
  const sent = new SentForms<Source>()
  const url = `${applicationsPath}/:application`

  app.get<ApplicationParams>(url, async (request, reply) => {
    const typed = { name: '', flow: '' }
    return showApplication(request, reply, { key: sent.newKey(), typed, error: undefined })
  })

  app.post<ApplicationParams>(`${url}/sources`, changing(app), async (request, reply) => {
    const application = applicationOf(world, request)
    const user = signedIn(request, world)
    const [key, name] = [field(request, 'key'), field(request, 'name').toWellFormed()]
    const flow = world.flowsOf(user).find(({ id }) => id === field(request, 'flow'))
    const error = problemWith(name, flow !== undefined)
    if (error || !flow) {
      const typed = { name, flow: field(request, 'flow') }
      return showApplication(request, reply.code(422), { key, typed, error })
    }
    const source = sent.once(key, () => connect(flow, { name, externalUrl: null, application, creator: user }))
    return showPage(request, reply, 'new-source', {
      title: `Source ${source.name}`,
      application: { name: application.name, path: applicationPath(application) },
      flow: shownFlow(world, flow),
      source: { name: source.name, flowToken: source.flowToken },
      messagesUrl: world.url('messages'),
    })
  })

  // The page of a new source is the answer to its form. It has no address, so nobody sees the token later.
  app.get<ApplicationParams>(`${url}/sources`, async (request, reply) =>
    reply.redirect(applicationPath(applicationOf(world, request))),
  )

  function showApplication(
    request: FastifyRequest<ApplicationParams>,
    reply: FastifyReply,
    sourceForm: SourceFormModel,
  ) {
    const { flow } = request.query as { flow?: unknown }
    const model = applicationModel(world, signedIn(request, world), applicationOf(world, request), flow)
    return showPage(request, reply, 'application', { ...model, sourceForm })
  }
}

function problemWith(name: string, isFlowKnown: boolean): string | undefined {
  if (!isFlowKnown) return 'Choose a flow that you are in.'
  if (name === '') return 'Type a name for the source.'
  if (name.length > maxNameLength) return `The name must have at most ${maxNameLength} characters.`
}
