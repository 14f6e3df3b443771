import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectionStart } from '../../chat/connections/connections.ts'
import type { Page } from '../views.ts'
import type { TypedSettings } from './connection-form.ts'
import { type OpenCounts, openAmong, openInWords } from './connection-starts.ts'
import { type CarriedField, carried, field, fieldsOf } from './forms.ts'
import { showPage } from './page.ts'

/** Asks before polls are posted that the form did not count: people may choose categories without JavaScript. */
export type ConnectionPostingPageModel = Page & {
  action: string
  roomName: string
  /** As in "2 open polls (only Food)". */
  open: string
  carried: CarriedField[]
}

declare module '../views.ts' {
  interface Views {
    'connections/connection-posting': ConnectionPostingPageModel
  }
}

/** The polls that this form would post at once, in words. Undefined if it posts none, or the person has seen which. */
export function unseenPolls(
  request: FastifyRequest,
  typed: TypedSettings & { start: ConnectionStart },
  counts: OpenCounts,
): string | undefined {
  const fields = fieldsOf(request)
  const count = typed.start === 'open-polls' ? openAmong(typed, counts) : 0
  const open = openInWords(typed, count)
  const isKnown = field(fields, 'step') === 'post' || count === 0 || field(fields, 'shownPolls') === open
  return isKnown ? undefined : open
}

/** The page that asks. It carries the form. */
export async function askToPost(
  request: FastifyRequest,
  reply: FastifyReply,
  shown: Pick<ConnectionPostingPageModel, 'action' | 'roomName' | 'open'> & { now: Date },
) {
  reply.header('cache-control', 'no-store')
  return showPage(request, reply, 'connections/connection-posting', {
    title: `Post ${shown.open} to ${shown.roomName}?`,
    carried: carried(request),
    ...shown,
  })
}
