import { ballot as newBallot } from '../polls/inputs.ts'
import type { ApiRoutes } from './api.ts'
import { expectedRevision, ifMatch } from './conditional.ts'
import { signedIn } from './identity.ts'
import { operation } from './openapi/operation.ts'
import { pollParams } from './parameters.ts'
import { pollJson, pollSchema } from './representation.ts'

/** One's own ballot in a poll: cast it, change it, withdraw it. */
export const ballot: ApiRoutes = async (app, { services }) => {
  const { box, polls, config } = services
  const vote = { config: { shed: 'votes' }, preHandler: app.limits.vote } as const

  app.put('/polls/:id/ballot', { schema: cast, ...vote }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const { isSignedIn } = request
    const command = { type: 'castVote', by: signedIn(request), isSignedIn, ifRevision, ...request.body } as const
    return pollJson(await box.submit({ pollId: request.params.id, command }), config.publicUrl)
  })
  app.delete('/polls/:id/ballot', { schema: withdraw, ...vote }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const command = { type: 'withdrawVote', by: signedIn(request), ifRevision } as const
    return pollJson(await box.submit({ pollId: request.params.id, command }), config.publicUrl)
  })
}

const tag = 'Voting'

const cast = operation(
  {
    operationId: 'castVote',
    tag,
    summary: 'Vote, or change your vote',
    description:
      'Choose one option; in a multiple choice, all that you approve of; in a poll of scores, each option with = and its points; of dates, each with =yes, =if_need_be or =no; in a ranking, as many as you like, the best first. Casting the same vote again changes nothing.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll with your vote', schema: pollSchema } },
    problems: ['poll_closed', 'sign_in_required', 'vote_final', 'option_full', 'unknown_option', 'invalid_choices'],
  },
  { params: pollParams, body: newBallot.meta({ examples: [{ choices: ['h7k2m9x4q3vd'] }] }), headers: ifMatch },
)

const withdraw = operation(
  {
    operationId: 'withdrawVote',
    tag,
    summary: 'Withdraw your vote',
    description: 'Without a vote, nothing changes.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll without your vote', schema: pollSchema } },
    problems: ['poll_closed', 'vote_final'],
  },
  { params: pollParams, headers: ifMatch },
)
