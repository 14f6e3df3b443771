import type { Flow } from '../../state/flow.ts'
import { isMail } from '../../state/messages/mail.ts'
import type { FlowComment, Mail } from '../../state/types.ts'
import type { World } from '../../world.ts'
import { faceOf } from '../conversation.ts'
import { mailIconPath, mailPath } from '../paths.ts'
import { counted, escaped, moment, plainText } from '../text.ts'

/** A mail of the inbox with its comments. */
type CommentedMail = { mail: Mail; comments: FlowComment[]; updatedAt: Date }

/** The latest mails by their last comment or their arrival, oldest first. */
export function mailItems(flow: Flow, max: number): CommentedMail[] {
  const messages = flow.messages.list()
  const mails = new Map(messages.filter(isMail).map((mail) => [mail.id, newMail(mail)]))
  for (const message of messages) {
    const item = message.event === 'comment' ? mails.get(message.parent) : undefined
    if (message.event !== 'comment' || !item) continue
    item.comments.push(message)
    item.updatedAt = message.sent
  }
  return [...mails.values()].toSorted((one, other) => +one.updatedAt - +other.updatedAt).slice(-max)
}

function newMail(mail: Mail): CommentedMail {
  return { mail, comments: [], updatedAt: mail.sent }
}

const maxTextLength = 160

/** A mail as the inbox lists it: an `InboxItem`, whose module imports this one. */
export function mailItem(world: World, flow: Flow, { mail, comments, updatedAt }: CommentedMail) {
  const { subject, content, from } = mail.content
  const last = comments.at(-1)
  const latest = last
    ? { name: faceOf(world, last).name, text: `: ${last.content.text}` }
    : { name: from.name ?? from.address, text: `: ${plainText(content.slice(0, maxTextLength * 10))}` }
  return {
    id: String(mail.id),
    path: mailPath(world, flow, mail),
    icon: mailIconPath,
    title: subject,
    status: undefined,
    latest: { ...latest, text: latest.text.slice(0, maxTextLength).toWellFormed() },
    counts: comments.length > 0 ? [counted(comments.length, 'comment')] : [],
    at: moment(updatedAt, world.clock()),
  }
}

/** A mail on its page: a `ThreadModel`. */
export function mailModel({ id, content: mail, tags }: Mail, path: string) {
  const { subject, content, link, source, project, from, replyTo } = mail
  const fields = [
    ['From', from.name ? `${from.name} <${from.address}>` : from.address],
    ['Reply to', replyTo ?? ''],
    ['Project', project ?? ''],
    ['Tags', tags.filter((tag) => !tag.includes(':')).join(', ')],
  ].filter(([, value]) => value !== '')
  return {
    ...{ id: String(id), replyPath: `${path}/chat`, title: subject, titleHtml: escaped(subject), url: link, source },
    ...{ icon: mailIconPath, status: undefined, bodyHtml: content, actions: [] },
    fields: fields.map(([label = '', value = '']) => ({ label, valueHtml: escaped(value) })),
  }
}
