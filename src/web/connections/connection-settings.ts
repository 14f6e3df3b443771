import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Chat, chatSettingsOf } from '../../chat/chat.ts'
import type { Connection } from '../../chat/connections/connections.ts'
import { type ConnectionSettings, mergeSettings } from '../../chat/connections/settings.ts'
import type { EventKind } from '../../chat/wording.ts'
import { Refusal } from '../../errors.ts'
import {
  type ConnectionSettingsPart,
  readSettings,
  settingsModel,
  settingsTexts,
  shownIn,
  type TypedSettings,
  typedFrom,
  typedSettings,
} from '../../server/pages/connection-form.ts'
import { type FormErrors, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import type { WebOptions } from '../web-options.ts'
import { type ConnectionParams, managed } from './connections.ts'

export type ConnectionEditPageModel = Page &
  ConnectionSettingsPart & {
    id: string
    name: string
    roomName: string
    status: Connection['status']
    /** The settings that the form was made from, as JSON. */
    shown: string | undefined
    /** Whether its messages are signed with a secret that the receiver has. */
    hasSecret: boolean
  }

declare module '../../server/views.ts' {
  interface Views {
    'connections/connection-edit': ConnectionEditPageModel
  }
}

/** The settings of a connection: which polls it follows, and which events it posts. */
export async function connectionSettings(
  app: FastifyInstance,
  web: WebOptions<'clock' | 'chats' | 'polls' | 'chatAccounts' | 'connections'>,
): Promise<void> {
  app.get<ConnectionParams>('/connections/:id', async (request, reply) => {
    const connection = await managed(web, request)
    if (!connection) return reply.redirect('/connections', 303)
    const saved = settingsOf(web, connection)
    return show(web, request, reply, connection, { typed: typedFrom(saved), shown: saved })
  })

  const changing = { preHandler: [app.csrfProtection, app.limits.write] }
  app.post<ConnectionParams>('/connections/:id', changing, async (request, reply) => {
    const connection = await managed(web, request)
    if (!connection) return reply.redirect('/connections', 303)
    const typed = typedSettings(fieldsOf(request), chatOf(web, connection).settings)
    const { settings, errors } = readSettings(typed)
    const shown = shownIn(fieldsOf(request))
    if (!settings) return show(web, request, reply.code(422), connection, { typed, errors, shown })
    try {
      await web.services.connections.change(connection.id, settings, shown)
    } catch (refusal) {
      if (!isConflict(refusal) || !shown) throw refusal
      const current = (await managed(web, request)) ?? connection
      return show(web, request, reply.code(409), current, conflict(settingsOf(web, current), shown, settings))
    }
    return reply.redirect('/connections?done=changed', 303)
  })
}

/** The chat of a connection has nothing to say while it is not set up. */
function chatOf({ services }: WebOptions<'chats'>, { chat }: Connection): Pick<Chat, 'signing' | 'settings'> {
  return services.chats.get(chat) ?? {}
}

function settingsOf(web: WebOptions<'chats'>, connection: Connection): ConnectionSettings {
  const { categories, eventKinds, chatSettings } = connection
  return {
    ...{ categories, eventKinds: eventKinds as EventKind[] },
    chatSettings: chatSettingsOf(chatOf(web, connection), chatSettings),
  }
}

/**
 * The form shows the saved settings, except in the fields that this person changed. Where both changed the same field,
 * it shows both; saving again overwrites the saved value.
 */
function conflict(saved: ConnectionSettings, shown: ConnectionSettings, chosen: ConnectionSettings): Form {
  const { settings, conflicts } = mergeSettings(saved, shown, chosen)
  const texts = settingsTexts(saved)
  const inConflict = Object.fromEntries(conflicts.map((name) => [name, { text: texts[name] }]))
  return { typed: typedFrom(settings), shown: saved, saved: inConflict }
}

function isConflict(refusal: unknown): boolean {
  return refusal instanceof Refusal && refusal.code === 'revision_mismatch'
}

type Form = {
  typed: TypedSettings
  errors?: FormErrors
  shown?: ConnectionSettings
  saved?: ConnectionSettingsPart['saved']
}

async function show(
  web: WebOptions<'clock' | 'chats' | 'polls'>,
  request: FastifyRequest,
  reply: FastifyReply,
  connection: Connection,
  { typed, errors = {}, shown, saved }: Form,
) {
  const { services } = web
  const { id, name, roomName, status } = connection
  const { signing, settings: chatSettings } = chatOf(web, connection)
  reply.header('cache-control', 'no-store')
  return showPage(request, reply, 'connections/connection-edit', {
    title: `Settings of ${roomName}`,
    now: services.clock(),
    ...{ id, name, roomName, status, errors, saved },
    shown: JSON.stringify(shown),
    hasSecret: signing !== undefined,
    settings: settingsModel(typed, { inUse: await services.polls.categories(), chatSettings }),
  })
}
