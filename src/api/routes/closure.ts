import type { ApiRoutes } from '../api-routes.ts'

import { expectedRevision, ifMatch } from '../conditional.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { pollJson, pollSchema } from '../representation.ts'

/** Whether a poll is closed. */
export const closure: ApiRoutes<'config' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const { ballotBox, polls, config } = services
  const write = { preHandler: app.limits.write }

  app.put('/polls/:id/closure', { schema: close, ...write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const command = { type: 'close', by: signedIn(request), ifRevision } as const
    return pollJson(await ballotBox.submit({ pollId: request.params.id, command }), config.publicUrl)
  })
  app.delete('/polls/:id/closure', { schema: reopen, ...write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const command = { type: 'reopen', by: signedIn(request), ifRevision } as const
    return pollJson(await ballotBox.submit({ pollId: request.params.id, command }), config.publicUrl)
  })
}

const about = { tag: 'Lifecycle', access: 'person', isChange: true } as const
const parts = { params: pollParams, headers: ifMatch }

const close = operation(
  {
    ...about,
    problems: ['forbidden'],
    operationId: 'closePoll',
    summary: 'Close a poll',
    description: 'For its creator. Closing a closed poll changes nothing.',
    answers: { 200: { description: 'The closed poll with its outcome', schema: pollSchema } },
  },
  parts,
)

const reopen = operation(
  {
    ...about,
    problems: ['forbidden', 'ballots_published'],
    operationId: 'reopenPoll',
    summary: 'Reopen a poll',
    description: 'For its creator. The votes are still there; an archived poll is restored to the lists.',
    answers: { 200: { description: 'The open poll', schema: pollSchema } },
  },
  parts,
)
