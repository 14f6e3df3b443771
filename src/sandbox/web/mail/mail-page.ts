import type { FastifyInstance, FastifyRequest } from 'fastify'
import { comment } from '../../state/chat.ts'
import type { Flow } from '../../state/flow.ts'
import { isMail } from '../../state/messages/mail.ts'
import type { Mail } from '../../state/types.ts'
import { commentEntries } from '../conversation.ts'
import { chatLine, flowOf, showFlow } from '../flow.ts'
import { changing, field, Refused } from '../forms.ts'
import type { SandboxWebOptions } from '../page.ts'
import { mailPath } from '../paths.ts'
import { signedIn } from '../session.ts'
import { mailModel } from './mail-model.ts'

type MailParams = { Params: { organization: string; flow: string; mail: string } }

/** A mail of the inbox, with the comments on it. */
export async function mailPage(app: FastifyInstance, options: SandboxWebOptions): Promise<void> {
  const { world } = options
  const show = showFlow(options)

  app.get<MailParams>('/app/:organization/:flow/mails/:mail', async (request, reply) => {
    const flow = flowOf(world, request)
    const mail = mailOf(flow, request)
    const thread = mailModel(mail, mailPath(world, flow, mail))
    const entries = commentEntries(world, flow, mail)
    return show(request, reply, flow, { title: thread.title, pane: 'thread', thread, entries })
  })

  app.post<MailParams>('/app/:organization/:flow/mails/:mail/chat', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    const mail = mailOf(flow, request)
    comment(flow, { user: signedIn(request, world) }, mail, { content: chatLine(field(request, 'content')) })
    return reply.redirect(mailPath(world, flow, mail), 303)
  })
}

/** @throws {Refused} for an unknown or deleted mail */
function mailOf(flow: Flow, { params }: FastifyRequest<MailParams>): Mail {
  const message = flow.messages.get(Number(params.mail))
  if (message && isMail(message)) return message
  throw new Refused(404, 'This mail does not exist. The sandbox deletes all mails when it restarts.')
}
