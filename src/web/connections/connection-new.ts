import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type Chat,
  type ConnectingField,
  type ConnectingProblems,
  chatSettingsOf,
  connectingPath,
} from '../../chat/chat.ts'
import { type ConnectionStart, connectionStarts, type NewConnection } from '../../chat/connections/connections.ts'
import { Refusal } from '../../errors.ts'
import { newToken } from '../../people/model/ids.ts'
import { formKey as keyOfForm } from '../../polls/ballot-box/idempotency.ts'
import {
  type ConnectionSettingsPart,
  freshSettings,
  readSettings,
  settingsModel,
  type TypedSettings,
  typedSettings,
} from '../../server/pages/connection-form.ts'
import { askToPost, unseenPolls } from '../../server/pages/connection-posting.ts'
import { type StartsModel, startsModel } from '../../server/pages/connection-starts.ts'
import { changing, errorsOfRefusal, type FormErrors, field, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import { canSignIn } from '../../server/sign-in-requirements.ts'
import type { Page } from '../../server/views.ts'
import { onceOf } from '../once.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { WebOptions } from '../web-options.ts'

export type ConnectionNewPageModel = Page &
  ConnectionSettingsPart & {
    action: string
    /** What is connected: "channel". */
    room: string
    /** Its name, if the link to the page says which it is. */
    roomName: string | undefined
    /** Whether only people who have signed in can connect it, and this person has not. */
    mustSignIn: boolean
    /** Whether the form was sent, so it holds what a person typed. */
    isSent: boolean
    /** How to get a link to this page, if it has to be opened by one. */
    linkHint: string | undefined
    /** The address of the sandbox that runs instead of the chat. */
    sandbox: string | undefined
    fields: (ConnectingField & { id: string; value: string; error: string | undefined })[]
    starts: StartsModel
    errors: FormErrors & ConnectionSettingsPart['errors']
  }

declare module '../../server/views.ts' {
  interface Views {
    'connections/connection-new': ConnectionNewPageModel
  }
}

type NewParams = { Params: { chat: string } }
/** `fields` are those of the chat, by their names. */
type Typed = TypedSettings & { start: ConnectionStart; fields: Record<string, string> }
type ConnectableChat = Pick<Chat, 'description' | 'signing' | 'settings'> & Required<Pick<Chat, 'connecting'>>
type Web = WebOptions<'clock' | 'chats' | 'polls' | 'connections' | 'credentials'>

/** The form that connects a room, for chats without a page of their own. */
export async function connectionNew(app: FastifyInstance, web: Web): Promise<void> {
  const { services } = web

  app.get<NewParams>('/connections/new/:chat', async (request, reply) => {
    const chat = chatOf(web, request)
    const typed = freshFor(chat, request)
    const isGiven = hiddenFields(chat).some(({ name }) => typed.fields[name])
    if (!isGiven || mustSignIn(web, request)) return show(web, request, reply, chat, { typed })
    const checked = await chat.connecting.check(typed.fields)
    if (!('problems' in checked)) return show(web, request, reply, chat, { typed, roomName: checked.roomName })
    return show(web, request, reply.code(422), chat, { typed, errors: fieldErrors(checked.problems) })
  })

  const refuse = (request: FastifyRequest, reply: FastifyReply) => refuseForm(web, request, reply)
  app.post<NewParams>('/connections/new/:chat', changing(app, 'write', { refuse }), async (request, reply) => {
    const chat = chatOf(web, request)
    if (mustSignIn(web, request)) return askToSignIn(web, request, reply, chat)
    const { typed, settings, checked, errors } = await read(request, chat)
    const isWrong = (wrong: FormErrors) => show(web, request, reply.code(422), chat, { typed, errors: wrong })
    if (!settings || 'problems' in checked) return isWrong(errors)
    const person = personOf(request)
    const once = onceOf(request)
    const made = once && (await services.connections.madeBy(person.id, once))
    if (made) return reply.redirect(pathAfter(chat, made, typed.start), 303)
    if (field(fieldsOf(request), 'step') === 'change') return show(web, request, reply, chat, { typed })
    const open = unseenPolls(request, typed, await services.polls.openPolls())
    const { roomName } = checked
    if (open) return askToPost(request, reply, { now: services.clock(), action: request.url, roomName, open })
    const connected = await checked.connect()
    if ('problems' in connected) return isWrong(fieldErrors(connected.problems))
    const { credentials, ...room } = connected.room
    const connection: NewConnection = {
      ...{ ...room, ...settings, chat: chat.description.key, start: typed.start, createdBy: person },
      credentials: await services.credentials.seal(credentials),
    }
    const formKey = once ?? keyOfForm(newToken())
    try {
      const id = await services.connections.createOnce({ ...connection, formKey })
      return reply.redirect(pathAfter(chat, id, typed.start), 303)
    } catch (refusal) {
      return isWrong(errorsOfRefusal(refusal))
    }
  })
}

/** Answers a form that cannot succeed. */
async function refuseForm(web: Web, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const chat = chatOf(web, request)
  if (mustSignIn(web, request)) return void (await askToSignIn(web, request, reply, chat))
  const { typed, errors } = await read(request, chat)
  if (Object.keys(errors).length > 0) await show(web, request, reply.code(422), chat, { typed, errors })
}

/** The form with what was typed, and a link to sign in. */
function askToSignIn(web: Web, request: FastifyRequest, reply: FastifyReply, chat: ConnectableChat) {
  return show(web, request, reply.code(403), chat, { typed: typedIn(request, chat) })
}

/** @throws {Refusal} `not_found` */
function chatOf({ services }: WebOptions<'chats'>, request: FastifyRequest): ConnectableChat {
  const chat = services.chats.get((request.params as NewParams['Params']).chat)
  if (!chat?.connecting) throw new Refusal('not_found', 'No chat of this name can be connected here.')
  const { description, signing, settings, connecting } = chat
  return { description, signing, settings, connecting }
}

/** Where people can sign in, guests may not manage connections. */
const mustSignIn = ({ services }: WebOptions<'chats'>, { isSignedIn }: FastifyRequest) =>
  canSignIn(services.chats) && !isSignedIn

function pathAfter({ description, signing }: ConnectableChat, id: string, start: ConnectionStart): string {
  const done = start === 'open-polls' ? 'posting' : 'connected'
  return signing ? `/connections/${id}/secret?done=${done}` : `/connections?done=${done}&chat=${description.key}`
}

/** Their inputs have names that no other field of the page has. */
const inputName = (name: string) => `field.${name}`

const hiddenFields = ({ connecting }: ConnectableChat) => connecting.fields.filter(({ kind }) => kind === 'hidden')

/** A link can fill in fields. */
function freshFor({ connecting, settings }: ConnectableChat, request: FastifyRequest): Typed {
  const given = request.query as Record<string, unknown>
  const first = ({ name, initial = '' }: ConnectingField) => {
    const value = given[name]
    return typeof value === 'string' ? value : initial
  }
  const fields = Object.fromEntries(connecting.fields.map((one) => [one.name, first(one)]))
  return { ...freshSettings, chatSettings: chatSettingsOf({ settings }, {}), start: 'now', fields }
}

function typedIn(request: FastifyRequest, { connecting, settings }: ConnectableChat): Typed {
  const typed = fieldsOf(request)
  const fields = Object.fromEntries(connecting.fields.map(({ name }) => [name, field(typed, inputName(name)).trim()]))
  const start = connectionStarts.find((one) => one === field(typed, 'start')) ?? 'now'
  return { ...typedSettings(typed, settings), start, fields }
}

/** The settings are undefined if they are invalid. The errors are of all fields. */
async function read(request: FastifyRequest, chat: ConnectableChat) {
  const typed = typedIn(request, chat)
  const { settings, errors } = readSettings(typed)
  const checked = await chat.connecting.check(typed.fields)
  return {
    typed,
    settings,
    checked,
    errors: { ...('problems' in checked && fieldErrors(checked.problems)), ...errors },
  }
}

function fieldErrors(problems: ConnectingProblems): FormErrors {
  const first = Object.entries(problems).map(([name, [message = ''] = []]) => [name && inputName(name), message])
  return Object.fromEntries(first.filter(([, message]) => message))
}

async function show(
  web: Web,
  request: FastifyRequest,
  reply: FastifyReply,
  chat: ConnectableChat,
  { typed, errors = {}, roomName }: { typed: Typed; errors?: FormErrors; roomName?: string },
) {
  const { key, room, fullRoom, sandbox } = chat.description
  const { connecting } = chat
  const { services } = web
  const open = await services.polls.openPolls()
  reply.header('cache-control', 'no-store')
  const linked = hiddenFields(chat).map(({ name }) => [name, typed.fields[name] ?? ''])
  const query = new URLSearchParams(linked.filter(([, value]) => value)).toString()
  return showPage(request, reply, 'connections/connection-new', {
    title: `Connect ${fullRoom}`,
    now: services.clock(),
    action: `${connectingPath(key)}${query && `?${query}`}`,
    room,
    roomName,
    mustSignIn: mustSignIn(web, request),
    isSent: request.method === 'POST',
    sandbox,
    linkHint: hiddenFields(chat).find(({ name }) => !typed.fields[name])?.hint,
    fields: connecting.fields.map((one) => ({
      ...one,
      name: inputName(one.name),
      id: `field-${one.name}`,
      value: typed.fields[one.name] ?? '',
      error: errors[inputName(one.name)],
    })),
    starts: startsModel(typed, open),
    settings: settingsModel(typed, {
      ...{ inUse: await services.polls.categories(), open: open.byCategory, chatSettings: chat.settings },
    }),
    errors,
  })
}
