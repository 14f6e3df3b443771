import { z } from 'zod'
import { voterListChange } from '../../polls/inputs/inputs.ts'
import { expectReachable } from '../../server/sign-in-requirements.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { expectedRevision, ifMatch } from '../conditional.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'

/** Show and change the voter list of a poll. */
export const voterList: ApiRoutes<'config' | 'chats' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const { ballotBox, polls } = services

  app.get('/polls/:id/roll', { schema: show }, async (request) => {
    const { poll } = await polls.view(request.params.id, request.person?.id)
    return { people: await polls.voterList(poll, request.person) }
  })
  app.put('/polls/:id/roll', { schema: change, preHandler: app.limits.write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const { roll: voters } = request.body
    expectReachable(services, voters)
    const command = { type: 'changeVoterList', by: signedIn(request), voters, ifRevision } as const
    const { poll } = await ballotBox.submit({ pollId: request.params.id, command })
    return { people: await polls.voterList(poll, request.person) }
  })
}

const people = z
  .strictObject({
    people: z.array(
      z.strictObject({
        name: z.string().describe('The name or e-mail address, as the creator entered it'),
        hasVoted: z.boolean().nullable().describe('Whether the person has voted; null in an anonymous poll'),
      }),
    ),
  })
  .meta({ id: 'Roll' })

const show = operation(
  {
    operationId: 'getRoll',
    tag: 'Voting',
    summary: 'Show the voter list',
    description: 'Only for the creator, because the list may hold e-mail addresses.',
    access: 'person',
    problems: ['forbidden'],
    answers: { 200: { description: 'The people in the creator’s order; empty if everybody may vote', schema: people } },
  },
  { params: pollParams },
)

const change = operation(
  {
    operationId: 'changeRoll',
    tag: 'Voting',
    summary: 'Change the voter list',
    description:
      'Replaces the list while the poll is open. Only for the creator of a poll that was created with a list. A removed person’s vote no longer counts. In an anonymous poll, nobody can be removed once people have voted. The poll closes if everybody on the new list has voted, unless it was reopened.',
    access: 'person',
    isChange: true,
    problems: ['forbidden', 'poll_closed', 'poll_has_votes'],
    answers: { 200: { description: 'The new list', schema: people } },
  },
  {
    params: pollParams,
    body: voterListChange.meta({ examples: [{ roll: ['Ada', 'Bob', 'Cem Kaya'] }] }),
    headers: ifMatch,
  },
)
