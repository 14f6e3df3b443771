import { newOption, optionRename } from '../../polls/inputs/inputs.ts'
import { newOptionId } from '../../polls/model/ids.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { expectedRevision, ifMatch } from '../conditional.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { optionParams, pollParams } from '../parameters.ts'
import { pollJson, pollSchema } from '../representation.ts'

/** Options that are added to a poll or proposed for it, and renamed. */
export const options: ApiRoutes<'config' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const { ballotBox, polls, config } = services
  const write = { preHandler: app.limits.write }

  app.post('/polls/:id/options', { schema: add, ...write }, async (request, reply) => {
    const ifRevision = await expectedRevision(request, polls)
    const option = { id: newOptionId(), title: request.body.title }
    const command = { type: 'addOption', by: signedIn(request), ifRevision, option } as const
    const answer = await ballotBox.submit({ pollId: request.params.id, command })
    return reply.code(201).send(pollJson(answer, config.publicUrl))
  })
  app.put('/polls/:id/proposals/:option/approval', { schema: approve, ...write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const { id, option: optionId } = request.params
    const command = { type: 'approveProposal', by: signedIn(request), ifRevision, optionId } as const
    return pollJson(await ballotBox.submit({ pollId: id, command }), config.publicUrl)
  })
  app.delete('/polls/:id/proposals/:option', { schema: dismiss, ...write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const { id, option: optionId } = request.params
    const command = { type: 'dismissProposal', by: signedIn(request), ifRevision, optionId } as const
    return pollJson(await ballotBox.submit({ pollId: id, command }), config.publicUrl)
  })
  app.patch('/polls/:id/options/:option', { schema: rename, ...write }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const { id, option: optionId } = request.params
    const command = { type: 'renameOption', by: signedIn(request), ifRevision, optionId, ...request.body } as const
    return pollJson(await ballotBox.submit({ pollId: id, command }), config.publicUrl)
  })
}

const add = operation(
  {
    operationId: 'addOption',
    tag: 'Conversation',
    summary: 'Add an option',
    description:
      'For everybody while the poll is open, unless its creator switched that off. It is added at the end; where options are moderated, anybody but the creator only proposes it, and in an anonymous poll none is added once somebody has voted. In a poll of dates its title is a day or a time, as when a poll is created.',
    access: 'person',
    isChange: true,
    answers: { 201: { description: 'The poll with the option', schema: pollSchema } },
    problems: ['poll_closed', 'poll_has_votes', 'options_locked', 'option_exists', 'too_many_options'],
  },
  { params: pollParams, body: newOption.meta({ examples: [{ title: 'Dumplings' }] }), headers: ifMatch },
)

const approve = operation(
  {
    operationId: 'approveProposal',
    tag: 'Conversation',
    summary: 'Approve a proposed option',
    description: 'For the creator, while the poll is open. It is added at the end; done again, nothing changes.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll with the option', schema: pollSchema } },
    problems: ['forbidden', 'poll_closed', 'poll_has_votes', 'unknown_option'],
  },
  { params: optionParams, headers: ifMatch },
)

const dismiss = operation(
  {
    operationId: 'dismissProposal',
    tag: 'Conversation',
    summary: 'Dismiss a proposed option',
    description: 'For the creator, and for who proposed it.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll without the proposal', schema: pollSchema } },
    problems: ['forbidden', 'unknown_option'],
  },
  { params: optionParams, headers: ifMatch },
)

const rename = operation(
  {
    operationId: 'renameOption',
    tag: 'Conversation',
    summary: 'Rename an option',
    description:
      'For the creator, while the poll is open. When people have voted, it takes isConfirmed, and the poll tells from then on what the option was called.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll with the option', schema: pollSchema } },
    problems: ['forbidden', 'poll_closed', 'unknown_option', 'option_exists', 'unconfirmed'],
  },
  { params: optionParams, body: optionRename.meta({ examples: [{ title: 'Noodle Bar' }] }), headers: ifMatch },
)
