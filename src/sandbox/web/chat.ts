import type { FastifyInstance } from 'fastify'
import { say } from '../state/chat.ts'
import { type FlowParams, flowOf, type ThreadParams, threadOf } from './flow.ts'
import { changing, field } from './forms.ts'
import { flowPath, threadPath } from './paths.ts'
import { Refused } from './refused.ts'
import { signedIn } from './session.ts'
import type { WebOptions } from './web.ts'

const longestLine = 8_000

/** The line to chat with, in a flow or in one of its threads. */
export async function chat(app: FastifyInstance, { world }: WebOptions): Promise<void> {
  app.post<FlowParams>('/app/:organization/:flow/chat', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    say(flow, { user: signedIn(request, world) }, { content: line(field(request, 'content')) })
    return reply.redirect(flowPath(world, flow), 303)
  })

  app.post<ThreadParams>('/app/:organization/:flow/threads/:thread/chat', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    const thread = threadOf(flow, request)
    say(flow, { user: signedIn(request, world) }, { content: line(field(request, 'content')) }, { thread })
    return reply.redirect(threadPath(world, flow, thread), 303)
  })
}

function line(content: string): string {
  if (content === '') throw new Refused(422, 'Type something to say. Go back and try again.')
  if (content.length > longestLine) throw new Refused(422, `A line holds at most ${longestLine} characters.`)
  return content.toWellFormed()
}
