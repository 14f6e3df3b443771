import type { FastifyInstance } from 'fastify'
import type { FlowThread, ThreadAction } from '../state/types.ts'
import { type StatusModel, statusModel } from './inbox.ts'
import { iconPath } from './paths.ts'
import { plainText } from './text.ts'

/** A thread, or a mail, as its page shows it. `replyPath` is the target of the form to answer in it. */
export type ThreadModel = {
  id: string
  replyPath: string
  title: string
  titleHtml: string
  url: string | null
  source: string
  icon: string
  status: StatusModel | undefined
  fields: { label: string; valueHtml: string }[]
  bodyHtml: string
  actions: ActionModel[]
}

/** `url` is the link of a ViewAction. `offer` is the signed form value of an UpdateAction's button. */
export type ActionModel = { name: string; description: string } & (
  | { url: string; offer?: undefined }
  | { offer: string; url?: undefined }
)

export function threadModel(app: FastifyInstance, thread: FlowThread, path: string): ThreadModel {
  const { id, title, externalUrl, source, status, fields, body, actions } = thread
  return {
    id,
    replyPath: `${path}/chat`,
    title: plainText(title),
    titleHtml: title,
    url: externalUrl,
    source: source.name,
    icon: iconPath(source.application),
    status: statusModel(status),
    fields: fields.map(({ label, value }) => ({ label, valueHtml: value })),
    bodyHtml: body ?? '',
    actions: actions.map((action) => actionModel(app, thread, action)),
  }
}

function actionModel(app: FastifyInstance, { id }: FlowThread, action: ThreadAction): ActionModel {
  const { name } = action
  if (action['@type'] === 'ViewAction') return { name, url: action.url, description: action.description ?? '' }
  return { name, offer: app.signCookie(`${id} ${JSON.stringify(action)}`), description: '' }
}
