import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { type Commented, comment, postChatLine } from '../../state/chat.ts'
import type { Flow } from '../../state/flow.ts'
import { postMail } from '../../state/messages/mail.ts'
import type { FlowThread } from '../../state/types.ts'
import type { ApiParts } from '../api-parts.ts'
import { invalid, validationError } from '../failure.ts'
import { parse } from '../inputs.ts'
import { answerable } from '../messages/comments.ts'
import { mailContent, pushedLine, pushedMail } from './push-input.ts'

type TokenPath = { Params: { token: string } }

const documentation = 'https://github.com/flowdock/api-docs/blob/master/docs'

/** RFC 9745: deprecated since the documentation said so, on 11 February 2015. */
const deprecation = {
  deprecation: '@1423612800',
  link: `<${documentation}/push.md>; rel="deprecation"; type="text/markdown", </messages>; rel="successor-version"`,
}

/**
 * The push API: chat lines and mails from outside, with the API token of a flow or the token of a source in the path.
 * Deprecated for `POST /messages`, but most old integrations use only this.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/push.md
 */
export async function push(app: FastifyInstance, { access }: ApiParts): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(deprecation)
  })

  app.post<TokenPath>('/messages/chat/:token', async ({ params, body }) => {
    const flows = access.pushed(params.token)
    const { external_user_name: externalUserName, message_id, thread_id, ...said } = parse(pushedLine, body)
    // Each target is looked up before the first line is posted.
    const targets = flows.map((flow) => ({ flow, ...targetIn(flow, { message_id, thread_id }) }))
    for (const { flow, parent, thread } of targets) {
      if (parent) comment(flow, { externalUserName }, parent, said)
      else postChatLine(flow, { externalUserName }, said, { thread })
    }
    return {}
  })

  app.post<TokenPath>('/messages/team_inbox/:token', async ({ params, body }) => {
    const flows = access.pushed(params.token)
    const input = parse(pushedMail, body)
    for (const flow of flows) postMail(flow, mailContent(input), input.tags)
    return {}
  })
}

type Target = { parent?: Commented; thread?: FlowThread }

/** What a chat line answers to: a message, a thread, or nothing. */
function targetIn(flow: Flow, named: Pick<z.output<typeof pushedLine>, 'message_id' | 'thread_id'>): Target {
  const { message_id: messageId, thread_id: threadId } = named
  if (messageId !== null) {
    const message = flow.messages.get(messageId)
    if (!message) throw validationError({ message_id: [invalid] })
    return { parent: answerable(message, 'message_id') }
  }
  if (threadId === null) return {}
  const thread = flow.threads.get(threadId)
  if (!thread) throw validationError({ thread_id: ['is no thread of this flow'] })
  return { thread }
}
