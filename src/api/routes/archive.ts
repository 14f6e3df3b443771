import type { ApiRoutes } from '../api-routes.ts'

import { expectedRevision, ifMatch } from '../conditional.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { pollJson, pollSchema } from '../representation.ts'

/** Whether a poll is archived: left out of the lists, but there for whoever has its id. */
export const archive: ApiRoutes<'config' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const { ballotBox, polls, config } = services
  const write = { preHandler: app.limits.write }

  app.put('/polls/:id/archive', { schema: put, ...write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const command = { type: 'archive', by: signedIn(request), ifRevision } as const
    return pollJson(await ballotBox.submit({ pollId: request.params.id, command }), config.publicUrl)
  })
  app.delete('/polls/:id/archive', { schema: restore, ...write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const command = { type: 'unarchive', by: signedIn(request), ifRevision } as const
    return pollJson(await ballotBox.submit({ pollId: request.params.id, command }), config.publicUrl)
  })
}

const about = { tag: 'Lifecycle', access: 'person', isChange: true } as const
const parts = { params: pollParams, headers: ifMatch }

const put = operation(
  {
    ...about,
    operationId: 'archivePoll',
    summary: 'Archive a closed poll',
    description: 'For its creator. It is left out of the lists and can still be looked at.',
    answers: { 200: { description: 'The archived poll', schema: pollSchema } },
    problems: ['forbidden', 'poll_open'],
  },
  parts,
)

const restore = operation(
  {
    ...about,
    operationId: 'restorePoll',
    summary: 'Restore an archived poll to the lists',
    description: 'For its creator. It stays closed.',
    answers: { 200: { description: 'The restored poll', schema: pollSchema } },
    problems: ['forbidden'],
  },
  parts,
)
