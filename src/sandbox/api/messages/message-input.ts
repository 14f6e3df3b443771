import sanitizeHtml from 'sanitize-html'
import { z } from 'zod'
import type { Post } from '../../state/inbox.ts'
import { statusColors, type ThreadField, type ThreadState } from '../../state/types.ts'
import { blank, invalid } from '../failure.ts'
import { filled, identifier, link, linkOrNone, optional, problem, tags, text } from '../inputs.ts'

/** The only documented list: https://github.com/flowdock/api-docs/blob/master/docs/team-inbox.md */
const bodyTags =
  `a abbr acronym address article aside b big blockquote br caption cite code dd del details dfn div dl dt em figcaption
  figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li nav ol p pre samp section small span strong sub
  summary sup table tbody td tfoot th thead tr tt ul var wb`.split(/\s+/)

const common: sanitizeHtml.IOptions = {
  allowedAttributes: {
    a: ['href', 'title', 'rel'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    abbr: ['title'],
    acronym: ['title'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan', 'scope'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  // A picture can be an attachment of the message: `cid:file1`.
  allowedSchemesByTag: { img: ['http', 'https', 'cid'] },
  allowProtocolRelative: false,
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow' }) },
  nestingLimit: 50,
}

/** Skips the sanitizer for texts without tags. */
const isPlain = (text: string) => !/[<>&]/.test(text)

/** Removes tags that the body of a message or thread may not hold. */
export const bodyHtml = (html: string): string =>
  isPlain(html) ? html : sanitizeHtml(html, { ...common, allowedTags: bodyTags })

/** Removes all tags but links, for titles and the values of fields. */
const linkHtml = (html: string): string =>
  isPlain(html) ? html : sanitizeHtml(html, { ...common, allowedTags: ['a'] })

/** @see https://github.com/flowdock/api-docs/blob/master/docs/messages.md */
const maxContentLength = 8_096
export const maxBodyLength = 65_536

const title = filled(2_000)
  .transform(linkHtml)
  .refine((html) => html.trim() !== '', blank)
const body = optional(text(maxBodyLength).transform(bodyHtml))
const uuid = optional(text(200))

export const line = z.object({ content: filled(maxContentLength), tags, uuid })

/** The fields of a file upload, without its content. */
export const fileLine = line.omit({ content: true })

/** With a name, the author is somebody outside the flow. */
export const chatLine = line.extend({ external_user_name: optional(text(100)) })

export const edit = z.object({ content: filled(maxContentLength).optional(), tags: tags.removeDefault().optional() })

const field = z.object({
  label: filled(1_000),
  value: z.preprocess((value) => (typeof value === 'number' ? String(value) : (value ?? '')), text(5_000)),
}) satisfies z.ZodType<ThreadField>

const viewAction = z.looseObject({
  '@type': z.literal('ViewAction'),
  name: filled(1_000),
  url: link,
  description: text(2_000).optional(),
  image: link.optional(),
})

const updateAction = z.looseObject({
  '@type': z.literal('UpdateAction'),
  name: filled(1_000),
  target: z.looseObject({
    '@type': z.literal('EntryPoint', { error: problem }),
    urlTemplate: link,
    httpMethod: z.string({ error: problem }).regex(/^(get|post|put|patch|delete)$/i, invalid),
  }),
})

const list = <Item extends z.ZodType>(item: Item, max: number) =>
  z.preprocess((value) => value ?? [], z.array(item, { error: invalid }).max(max, `are too many (maximum is ${max})`))

const threadState = z
  .object({
    title,
    body,
    external_url: optional(linkOrNone),
    status: optional(
      z.object({
        color: optional(z.enum(statusColors, { error: 'is not included in the list' })),
        value: optional(text(1_000)),
      }),
    ),
    fields: list(
      field.transform(({ label, value }) => ({ label, value: linkHtml(value) })),
      200,
    ).default([]),
    actions: list(z.discriminatedUnion('@type', [viewAction, updateAction], { error: invalid }), 200).default([]),
  })
  .transform(({ external_url: externalUrl, ...state }): ThreadState => ({ ...state, externalUrl }))

const author = z.preprocess(
  (value) => value ?? {},
  z.object(
    {
      name: filled(1_000),
      email: text(300)
        .nullish()
        .transform((value) => value ?? undefined),
      avatar: linkOrNone.optional().transform((value) => value ?? undefined),
    },
    { error: invalid },
  ),
)

/** An activity or a discussion. Without `thread`, the thread keeps its state. */
export const entry = z
  .object({
    event: z.enum(['activity', 'discussion']),
    author,
    title,
    body,
    external_thread_id: optional(identifier),
    thread_id: optional(identifier),
    thread: optional(threadState),
    uuid,
    tags,
  })
  .refine((input) => Boolean(input.external_thread_id || input.thread_id), {
    path: ['external_thread_id'],
    message: blank,
  })

type EntryInput = z.output<typeof entry>

/** The post without its thread. */
export function postOf({
  event,
  author,
  title,
  body,
  tags,
  uuid,
  thread,
}: EntryInput): Omit<Post, 'into' | 'attachments'> {
  return { event, author, title, body, tags, uuid, state: thread ?? undefined }
}
