import type { Flow } from '../state/flow.ts'
import type { UserPing } from '../state/people/presence.ts'
import type { PrivateConversation } from '../state/people/private-conversations.ts'
import type { Application, FlowMessage, FlowThread, MailContent, Source, StoredFile, User } from '../state/types.ts'
import type { World } from '../world.ts'
import { filePath, thumbnailPath } from './files/paths.ts'

/** JSON of the API, with the fields that Flowdock documents. */

export function userJson(world: World, user: User) {
  const { id, nick, name, email, website } = user
  return { id, nick, name, email, avatar: world.avatar(user), website }
}

export function messageJson(world: World, flow: Flow, message: FlowMessage) {
  const { edited, threadId } = message
  const thread = threadId === null ? undefined : flow.threads.get(threadId)
  return {
    ...commonJson(message),
    ...{ flow: flow.id, edited: edited?.getTime() ?? null },
    ...contents(message),
    ...(threadId !== null && { thread_id: threadId }),
    ...(thread && { thread: threadJson(world, thread) }),
  }
}

/** A private message. `to` is the user who gets it. */
export function privateMessageJson(conversation: PrivateConversation, message: FlowMessage) {
  const to = message.user ? conversation.other(message.user) : undefined
  return { ...commonJson(message), to: String(to?.id ?? 0), ...contents(message) }
}

function commonJson(message: FlowMessage) {
  const { id, event, uuid, sent, user, tags } = message
  return {
    ...{ id, event, app: app(message), uuid, sent: sent.getTime(), created_at: sent.toISOString() },
    ...{ user: String(user?.id ?? 0), tags, attachments: attachmentsJson(message) },
  }
}

/** A private conversation as this user sees it: its id, URL and name are those of the other user. */
export function conversationJson(world: World, conversation: PrivateConversation, viewer: User) {
  const other = conversation.other(viewer)
  return {
    ...{ id: other.id, url: world.url(`private/${other.id}`), name: `@${other.nick}` },
    open: conversation.isOpenFor(viewer),
    // Mentions are tags, which private messages do not have.
    activity: { inbox: false, mentions: 0, chat: conversation.hasUnread(viewer) },
    users: [viewer, other].map((user) => userJson(world, user)),
  }
}

function attachmentsJson(message: FlowMessage) {
  if (message.event === 'file') return [fileJson(message.file)]
  if (!('attachments' in message)) return []
  return message.attachments.map(({ file, contentId }) => {
    return { ...fileJson(file), ...(contentId !== null && { content_id: contentId }) }
  })
}

/** The sandbox does not scale pictures: the thumbnail is the picture itself. */
function fileJson(file: StoredFile) {
  const { name, contentType, size, image } = file
  const facts = { path: filePath(file), file_name: name, file_size: size, content_type: contentType }
  return image ? { ...facts, image, thumbnail: { ...image, path: thumbnailPath(file) } } : facts
}

function contents(message: FlowMessage) {
  if (message.event === 'file') return { content: fileJson(message.file) }
  if ('author' in message) {
    const { author, title, body } = message
    return { author, title, body, content: null }
  }
  if (message.event === 'mail') return { content: mailJson(message.content) }
  const outsider = 'externalUserName' in message ? message.externalUserName : null
  return { content: message.content, ...(outsider !== null && { external_user_name: outsider }) }
}

/** Not documented. The fields of an email are those of an example in flowdock/oulu; the last three are the push API's. */
function mailJson({ subject, content, from, replyTo, source, project, link }: MailContent) {
  return {
    ...{ subject, content, contentType: 'text/html; charset=utf-8', from: [from], sender: null },
    replyTo: replyTo === null ? [] : [{ name: null, address: replyTo }],
    ...{ to: [], cc: [], bcc: [], source, project, link },
  }
}

function app(message: FlowMessage): string | null {
  if ('author' in message || message.event === 'mail') return 'influx'
  return message.event === 'tag-change' || message.event === 'message-edit' ? null : 'chat'
}

export function threadJson(world: World, thread: FlowThread) {
  const { id, title, body, externalUrl, status, actions, fields, source } = thread
  const { application } = source
  return {
    ...{ id, title, body, external_url: externalUrl, status, actions, fields },
    source: { id: application.id, application: application.name, icon: world.icon(application) },
    activities: thread.activities,
    internal_comments: thread.internalComments,
    external_comments: thread.externalComments,
    // Not documented: lita-flowdock answers to this message.
    initial_message: thread.initialMessage,
    created_at: thread.createdAt.toISOString(),
    updated_at: thread.updatedAt.toISOString(),
  }
}

/** Without the flow token: only the response to its creation shows that. */
export function sourceJson(world: World, flow: Flow, source: Source) {
  const { id, name, externalUrl, errorMessage, configurationUrl, application, creator, createdAt, updatedAt } = source
  return {
    ...{ id, name, url: `${world.flowUrl(flow)}/sources/${id}`, external_url: externalUrl },
    ...{ error_message: errorMessage, configuration_url: configurationUrl },
    ...{ created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString(), _links: {} },
    application: applicationJson(world, application),
    creator: userJson(world, creator),
  }
}

function applicationJson(world: World, application: Application) {
  const { id, name, configurationUri } = application
  const url = world.url(`oauth/applications/${id}`)
  return { id, name, icon_url: world.icon(application), url, configuration_uri: configurationUri }
}

/** A flow as this user sees it. */
export function flowJson(world: World, flow: Flow, viewer: User) {
  const { id, name, parameterizedName, accessMode } = flow
  const url = world.flowUrl(flow)
  const joined = flow.has(viewer)
  const path = `${world.organization.parameterizedName}/${parameterizedName}`
  return {
    ...{ id, name, parameterized_name: parameterizedName, organization: organizationSummary(world) },
    ...{
      unread_mentions: 0,
      open: flow.isOpenFor(viewer),
      joined,
      url,
      web_url: world.url(`app/${path}`),
      access_mode: accessMode,
    },
    ...(flow.joinToken && { join_url: world.url(`invitations/${flow.joinToken}`) }),
    links: {
      messages: { url: `${url}/messages`, methods: ['GET', 'POST'] },
      threads: { url: `${url}/threads`, methods: ['GET'] },
      sources: { url: `${url}/sources`, methods: ['GET', 'POST'] },
      users: { url: `${url}/users`, methods: ['GET'] },
    },
  }
}

/** The flow with its users, blocked ones included, and the status of each. */
export function flowWithUsersJson(world: World, flow: Flow, viewer: User) {
  const users = [...flow.members, ...flow.blocked].map((user) => memberJson(world, flow, user))
  return { ...flowJson(world, flow, viewer), users }
}

export function organizationJson(world: World) {
  const users = world.people.members.map(({ id, name, email, isAdmin: admin }) => ({ id, name, email, admin }))
  return {
    ...organizationSummary(world),
    subscription: { trial: false, billing_date: firstOfNextMonth(world.clock()) },
    users,
  }
}

/** The sandbox bills nobody, but the date is always documented as one. */
function firstOfNextMonth(now: Date): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 10)
}

function organizationSummary(world: World) {
  const { id, name, parameterizedName } = world.organization
  return {
    ...{ id, name, parameterized_name: parameterizedName, user_limit: 0, user_count: world.people.members.length },
    ...{ active: true, url: world.url(`organizations/${parameterizedName}`) },
  }
}

/** In milliseconds since 1970. */
function latest(...times: (Date | null)[]): number | null {
  const known = times.filter((time) => time !== null).map((time) => time.getTime())
  return known.length > 0 ? Math.max(...known) : null
}

/** What the streams of others send while a user's client runs. An idle user has no last activity. */
export function activityJson(flow: Flow, { id, user, lastActivity, sent }: UserPing) {
  return {
    ...{ id, event: 'activity.user', flow: flow.id, uuid: null, app: null, user: String(user.id), tags: [] },
    content: lastActivity ? { last_activity: lastActivity.getTime() } : {},
    ...{ sent: sent.getTime(), created_at: sent.toISOString(), attachments: [] },
  }
}

/** A user of a flow. */
export function memberJson(world: World, flow: Flow, user: User) {
  const { status, at } = flow.activityOf(user)
  const { lastPing = null, lastActivity = null } = flow.presence.of(user) ?? {}
  return {
    ...{ ...userJson(world, user), status },
    ...{ disabled: flow.isBlocked(user), last_activity: latest(at, lastActivity), last_ping: latest(at, lastPing) },
    // Not documented: hubot-flowdock knows only the users who have it.
    in_flow: flow.has(user),
  }
}
