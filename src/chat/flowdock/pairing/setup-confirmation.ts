import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PersonName } from '../../../people/model/person-name.ts'
import { formKey } from '../../../polls/ballot-box/idempotency.ts'
import { line } from '../../../polls/inputs/text.ts'
import { pairingSecret } from '../../../server/cookies/pairing-cookie.ts'
import {
  type ConnectionSettingsPart,
  freshSettings,
  readSettings,
  settingsModel,
  type TypedSettings,
  typedSettings,
} from '../../../server/pages/connection-form.ts'
import { askToPost, unseenPolls } from '../../../server/pages/connection-posting.ts'
import { type StartsModel, startsModel } from '../../../server/pages/connection-starts.ts'
import { errorsOf, type Fields, type FormErrors, field, fieldsOf } from '../../../server/pages/forms.ts'
import { showPage } from '../../../server/pages/page.ts'
import type { Page } from '../../../server/views.ts'
import { connectionStarts } from '../../connections/connections.ts'
import { FlowdockError } from '../flowdock-error.ts'
import { flowdockChat } from '../ids.ts'
import type { Flow } from '../responses.ts'
import { type Choice, connect } from './connect.ts'
import type { PairingOptions } from './pairing-options.ts'
import { type Purpose, readPurpose } from './purposes.ts'
import { type SetupTokens, setupTokens } from './setup-tokens.ts'

const path = '/flowdock/setup/confirm'

/** The path of the page that confirms the setup with this key. */
export function confirmationPath(key: string): string {
  return `${path}?${new URLSearchParams({ key })}`
}

/** A person who is about to connect one of these flows. */
type Setup = { key: string; person: PersonName; flows: Flow[] } & SetupTokens
/** `flow` is the path of the chosen flow. */
type Typed = TypedSettings & Pick<Choice, 'name' | 'start' | 'readComments'> & { flow: string }

export type ConnectionNewPageModel = Page &
  ConnectionSettingsPart & {
    action: string
    key: string
    flows: (Flow & { connectedAs: string | undefined })[]
    /** Whether Flowdock gave a token to read the flow with. */
    canRead: boolean
    starts: StartsModel
    typed: Typed
    errors: { flowdock?: string; flow?: string; name?: string }
  }

declare module '../../../server/views.ts' {
  interface Views {
    'flowdock/connection-new': ConnectionNewPageModel
  }
}

const fresh: Typed = { ...freshSettings, name: 'Polldock', start: 'now', readComments: true, flow: '' }
const sourceName = line('The name', { min: 1, max: 60 })

/** The page to confirm a setup: it names the flow and offers its settings. */
export async function setupConfirmation(app: FastifyInstance, options: PairingOptions): Promise<void> {
  app.get(path, async (request, reply) => {
    const { key } = request.query as Record<string, unknown>
    return show(options, request, reply, { setup: await setupOf(options, request, key), typed: fresh })
  })

  app.post(path, { preHandler: [app.csrfProtection, app.limits.write] }, async (request, reply) => {
    const fields = fieldsOf(request)
    const setup = await findSetup(options, request, fields.key)
    if (!setup) return reply.redirect(pathAfter(await startOfFirst(options, request, fields.key)), 303)
    const typed = typedIn(fields)
    const { choice, errors } = read(typed, setup)
    if (!choice) return show(options, request, reply.code(422), { setup, typed, errors })
    const step = field(fields, 'step')
    if (step === 'change') return show(options, request, reply, { setup, typed })
    const open = unseenPolls(request, typed, await options.services.polls.openPolls())
    if (open) {
      const { roomName } = choice.flow
      return askToPost(request, reply, {
        now: options.services.clock(),
        action: confirmationPath(setup.key),
        roomName,
        open,
      })
    }
    const trouble = await confirm(options, request, setup, choice)
    if (!trouble) return reply.redirect(pathAfter(choice.start), 303)
    return show(options, request, reply.code(trouble.statusCode), {
      setup,
      typed,
      errors: { flowdock: trouble.message },
    })
  })
}

function pathAfter(start: Choice['start']): string {
  return `/connections?done=${start === 'open-polls' ? 'posting' : 'connected'}`
}

/** How long a repeated form waits for the first one, which waits for Flowdock, in milliseconds. */
const maxWait = 8_000
const pause = 250

/**
 * Waits for the first of two identical forms, also in another process. Together they make one connection, and both
 * responses lead to it.
 *
 * @throws {FlowdockError} when the first one made no connection, or there was none
 */
async function startOfFirst(
  { services }: PairingOptions<'config' | 'connections' | 'signInStates'>,
  request: FastifyRequest,
  key: unknown,
) {
  const { person } = request
  if (!person || typeof key !== 'string' || !/^[\w-]{43}$/.test(key)) throw over
  const secret = pairingSecret(services, request)
  for (let waited = 0; waited <= maxWait; waited += pause) {
    // Read this before the answer: the first form stores its answer, and only then deletes this row.
    const pairing = await services.signInStates.find(secret, key)
    const start = await services.connections.startOf(person.id, formKey(key))
    if (start) return start
    if (readPurpose(pairing?.purpose)?.kind !== 'connecting') throw over
    await setTimeout(pause)
  }
  throw over
}

/** @returns an error of Flowdock that the same form can retry: the setup has a new key then */
async function confirm(
  options: PairingOptions<'config' | 'chatAccounts' | 'credentials' | 'connections' | 'signInStates'>,
  request: FastifyRequest,
  setup: Setup,
  choice: Choice,
) {
  const { signInStates } = options.services
  const secret = pairingSecret(options.services, request)
  const { key } = setup
  const connecting: Purpose = { kind: 'connecting' }
  const taken = await signInStates.exchange(secret, key, connecting)
  if (!taken) {
    await startOfFirst(options, request, key)
    return undefined
  }
  try {
    await connect(options, setup, { ...choice, formKey: formKey(key) })
    return undefined
  } catch (error) {
    if (!(error instanceof FlowdockError)) throw error
    setup.key = await signInStates.begin(secret, taken)
    return error
  } finally {
    await signInStates.take(secret, key)
  }
}

async function setupOf(
  options: PairingOptions<'config' | 'signInStates'>,
  request: FastifyRequest,
  key: unknown,
): Promise<Setup> {
  const setup = await findSetup(options, request, key)
  if (!setup) throw over
  return setup
}

/** Only for the browser and the person of this sign-in. */
async function findSetup(
  { services }: PairingOptions<'config' | 'signInStates'>,
  request: FastifyRequest,
  key: unknown,
): Promise<Setup | undefined> {
  const pairing =
    typeof key === 'string' ? await services.signInStates.find(pairingSecret(services, request), key) : undefined
  const purpose: Purpose | undefined = readPurpose(pairing?.purpose)
  const { person } = request
  if (typeof key !== 'string' || purpose?.kind !== 'confirm' || !pairing?.accessToken) return undefined
  if (!person || person.id !== purpose.personId) return undefined
  return { key, person, flows: purpose.flows, ...setupTokens.parse(pairing.accessToken) }
}

const over = new FlowdockError(
  403,
  'This setup has expired',
  'If you have just connected the flow, everything is fine. If not, start again in the inbox settings of your flow.',
  '/connections',
)

function typedIn(fields: Fields): Typed {
  const start = connectionStarts.find((one) => one === field(fields, 'start')) ?? 'now'
  const readComments = field(fields, 'readComments') === 'on'
  return { ...typedSettings(fields), name: field(fields, 'name'), start, readComments, flow: field(fields, 'flow') }
}

function read({ start, readComments, ...typed }: Typed, { flows }: Setup): { choice?: Choice; errors: FormErrors } {
  const { settings, errors: wrong } = readSettings(typed)
  const name = sourceName.safeParse(typed.name)
  const flow = flows.find(({ path }) => path === typed.flow)
  const errors = {
    ...wrong,
    ...(name.error && { name: errorsOf(name.error)[''] ?? '' }),
    ...(!flow && { flow: 'Choose one of your flows.' }),
  }
  return settings && name.success && flow
    ? { choice: { ...settings, name: name.data, flow, start, readComments }, errors }
    : { errors }
}

type Form = { setup: Setup; typed: Typed; errors?: FormErrors }

async function show(
  { services }: PairingOptions<'clock' | 'polls' | 'connections'>,
  request: FastifyRequest,
  reply: FastifyReply,
  form: Form,
) {
  const { setup, typed, errors = {} } = form
  const [only, ...others] = setup.flows
  const paths = setup.flows.map((flow) => flow.path)
  const connected = await services.connections.namesIn(flowdockChat, 'flowPath', paths)
  const open = await services.polls.openPolls()
  reply.header('cache-control', 'no-store')
  return showPage(request, reply, 'flowdock/connection-new', {
    title: others.length === 0 ? `Connect ${only?.roomName}` : 'Connect a Flowdock flow',
    now: services.clock(),
    action: confirmationPath(setup.key),
    key: setup.key,
    flows: setup.flows.map((flow) => ({ ...flow, connectedAs: connected.get(flow.path) })),
    canRead: setup.readTokens !== undefined,
    typed,
    starts: startsModel(typed, open),
    settings: settingsModel(typed, { inUse: await services.polls.categories(), open: open.byCategory }),
    errors,
  })
}
