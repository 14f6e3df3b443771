import { z } from 'zod'

/*
 * The documented fields and their types. A field is nullable if an example of the documentation has null there, or if the
 * value can be missing and the documentation has no example of that.
 */

const number = z.number()
const text = z.string()
const flag = z.boolean()
const instant = z.iso.datetime()
/** Milliseconds since 1970. */
const timestamp = z.int()
const userId = z.string().regex(/^\d+$/, 'is not the number of a user, as text')

export const none = z.strictObject({})

export const user = z.object({
  id: number,
  email: text,
  name: text,
  nick: text,
  avatar: z.url(),
  website: z.nullable(text),
})

export const member = user.omit({ website: true }).extend({
  status: z.nullable(text),
  disabled: flag,
  last_activity: z.nullable(timestamp),
  last_ping: z.nullable(timestamp),
})

const organizationSummary = z.object({
  id: number,
  name: text,
  parameterized_name: text,
  user_limit: number,
  user_count: number,
  active: flag,
  url: z.url(),
})

export const organization = organizationSummary.extend({
  subscription: z.discriminatedUnion('trial', [
    z.object({ trial: z.literal(true), trial_ends: z.iso.date() }),
    z.object({ trial: z.literal(false), billing_date: z.iso.date() }),
  ]),
  users: z.array(z.object({ id: number, name: text, email: text, admin: flag })),
})

const flowFields = z.object({
  id: text,
  name: text,
  parameterized_name: text,
  organization: organizationSummary,
  unread_mentions: number,
  open: flag,
  joined: flag,
  url: z.url(),
  web_url: z.url(),
})
const invited = { access_mode: z.literal('invitation') }
const openToOthers = { access_mode: z.enum(['link', 'organization']), join_url: z.url() }

export const flow = z.discriminatedUnion('access_mode', [flowFields.extend(invited), flowFields.extend(openToOthers)])

const withUsers = flowFields.extend({ users: z.array(member) })
export const flowWithUsers = z.discriminatedUnion('access_mode', [
  withUsers.extend(invited),
  withUsers.extend(openToOthers),
])

const threadState = z.object({
  title: text,
  body: z.nullable(text),
  external_url: z.nullable(z.url()),
  status: z.object({ color: text, value: text }),
  actions: z.array(z.object({ '@type': text, name: text })),
  fields: z.array(z.object({ label: text, value: text })),
  source: z.object({ id: number, icon: z.url(), application: text }),
  activities: number,
  internal_comments: number,
  external_comments: number,
})

export const thread = threadState.extend({ id: text, created_at: instant, updated_at: instant })

/** The fields of every message, in flows and in private conversations. */
const anyMessage = z.object({
  app: z.nullable(text),
  sent: timestamp,
  uuid: z.nullable(text),
  tags: z.array(text),
  id: number,
  event: text,
  attachments: z.array(z.unknown()),
  user: userId,
  created_at: instant,
})

export const message = anyMessage.extend({ flow: text, content: text })
export const privateMessage = anyMessage.extend({ to: userId, content: text })

export const comment = message.extend({
  event: z.literal('comment'),
  content: z.object({ title: text, text: text }),
})

/** An activity or a discussion. */
export const entry = message.extend({
  author: z.object({ name: text, avatar: z.url() }),
  title: text,
  body: z.nullable(text),
  content: z.null(),
  edited: z.null(),
  thread_id: text,
  thread: threadState,
})

const image = { width: number, height: number }
export const file = z.object({
  path: text,
  file_name: text,
  file_size: number,
  content_type: text,
  image: z.object(image),
  thumbnail: z.object({ ...image, path: text }),
})

export const source = z.object({
  id: number,
  name: text,
  url: z.url(),
  external_url: z.nullable(z.url()),
  created_at: instant,
  updated_at: instant,
  _links: z.object({}),
  application: z.object({ id: number, name: text, icon_url: z.url(), url: z.url() }),
  creator: user,
})

export const invitation = z.object({
  id: number,
  state: z.enum(['pending', 'accepted']),
  email: text,
  flow: text,
  url: z.url(),
})

export const privateConversation = z.object({
  id: number,
  url: z.url(),
  name: z.string().startsWith('@', 'does not begin with @'),
  open: flag,
  activity: z.object({ inbox: flag, mentions: number, chat: flag }),
  users: z.array(user.omit({ website: true })).length(2),
})

export const tokens = z.object({
  access_token: text,
  scope: text,
  token_type: z.string().regex(/^bearer$/i, 'is not Bearer'),
})

export { z }
