import { z } from 'zod'
import { Refusal } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import { voteAside } from '../../polls/inputs/inputs.ts'
import type { Services } from '../../services.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { changePoll } from '../change-poll.ts'
import { ifMatch } from '../conditional.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { pollSchema } from '../representation.ts'

/** Set votes aside, and count them again. */
export const managedVotes: ApiRoutes<'config' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const write = { preHandler: app.limits.write }

  app.put('/polls/:id/votes/:person/set-aside', { schema: setAside, ...write }, async (request) => {
    const voter = await voterOf(services, request.params)
    return changePoll(services, request, { type: 'setVoteAside', voter, reason: request.body.reason })
  })
  app.delete('/polls/:id/votes/:person/set-aside', { schema: restore, ...write }, async (request) => {
    const voter = await voterOf(services, request.params)
    return changePoll(services, request, { type: 'restoreVote', voter })
  })
}

async function voterOf(
  { polls }: Pick<Services, 'polls'>,
  { id, person }: { id: string; person: string },
): Promise<PersonName> {
  await polls.view(id)
  const vote = await polls.managedVote(id, person)
  if (!vote) throw new Refusal('not_found', 'This person has no vote in this poll.')
  return vote.person
}

const params = pollParams.extend({
  person: z
    .string()
    .regex(/^[a-z0-9]{1,40}$/)
    .describe('The id of the voter')
    .meta({ examples: ['k3v9m2x7q4w8bd'] }),
})

const setAside = operation(
  {
    operationId: 'setVoteAside',
    tag: 'Lifecycle',
    summary: 'Set a vote aside',
    description:
      'Only for the creator, while the poll is open, and not in an anonymous poll. The vote does not count, and its voter cannot vote again. The log shows the reason.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll without the vote', schema: pollSchema } },
    problems: ['forbidden', 'poll_closed'],
  },
  { params, body: voteAside.meta({ examples: [{ reason: 'Voted for a friend' }] }), headers: ifMatch },
)

const restore = operation(
  {
    operationId: 'restoreVote',
    tag: 'Lifecycle',
    summary: 'Count a vote again',
    description: 'Only for the creator, while the poll is open.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll with the vote', schema: pollSchema } },
    problems: ['forbidden', 'poll_closed', 'option_full', 'sign_in_required'],
  },
  { params, headers: ifMatch },
)
