import { z } from 'zod'
import { newOption, optionRename } from '../../polls/inputs/inputs.ts'
import { newOptionId } from '../../polls/model/ids.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { changePoll } from '../change-poll.ts'
import { ifMatch } from '../conditional.ts'
import { operation } from '../openapi/operation.ts'
import { optionParams, pollParams } from '../parameters.ts'
import { pollSchema } from '../representation.ts'

/** Add, propose, approve, dismiss, rename and remove options. */
export const options: ApiRoutes<'config' | 'ballotBox' | 'polls'> = async (app, { services }) => {
  const write = { preHandler: app.limits.write }

  app.post('/polls/:id/options', { schema: add, ...write }, async (request, reply) => {
    const option = { id: newOptionId(), title: request.body.title }
    return reply.code(201).send(await changePoll(services, request, { type: 'addOption', option }))
  })
  app.put('/polls/:id/proposals/:option/approval', { schema: approve, ...write }, (request) =>
    changePoll(services, request, { type: 'approveProposal', optionId: request.params.option }),
  )
  app.delete('/polls/:id/proposals/:option', { schema: dismiss, ...write }, (request) =>
    changePoll(services, request, { type: 'dismissProposal', optionId: request.params.option }),
  )
  app.patch('/polls/:id/options/:option', { schema: rename, ...write }, (request) =>
    changePoll(services, request, { type: 'renameOption', optionId: request.params.option, ...request.body }),
  )
  app.delete('/polls/:id/options/:option', { schema: remove, ...write }, (request) => {
    const isConfirmed = request.query.isConfirmed === 'true'
    return changePoll(services, request, { type: 'removeOption', optionId: request.params.option, isConfirmed })
  })
}

const isConfirmed = z
  .enum(['true', 'false'], { error: 'Say true or false: do you confirm the removal although people have voted?' })
  .default('false')
  .describe('Whether to remove an option that people have voted for')

const add = operation(
  {
    operationId: 'addOption',
    tag: 'Conversation',
    summary: 'Add an option',
    description:
      'For everybody while the poll is open, unless its creator switched that off. The option is added at the end. If options are moderated, others than the creator only propose it. An anonymous poll accepts no new options once people have voted. In a poll of dates, the title is a day or a time, as in a new poll.',
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
    description:
      'Only for the creator, while the poll is open. The option is added at the end. Approving it again changes nothing.',
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
    description: 'Only for the creator, and for the person who proposed it.',
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
      'Only for the creator, while the poll is open. Once people have voted, `isConfirmed` is required, and the poll shows the former title.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll with the option', schema: pollSchema } },
    problems: ['forbidden', 'poll_closed', 'unknown_option', 'option_exists', 'unconfirmed'],
  },
  { params: optionParams, body: optionRename.meta({ examples: [{ title: 'Noodle Bar' }] }), headers: ifMatch },
)

const remove = operation(
  {
    operationId: 'removeOption',
    tag: 'Conversation',
    summary: 'Remove an option',
    description:
      'Only for the creator, while the poll is open. If people have voted for it, `isConfirmed` is required: the option disappears from their votes, and a vote without another choice does not count any more. In an anonymous poll, and while the results are hidden, no option can be removed once people have voted.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll without the option', schema: pollSchema } },
    problems: ['forbidden', 'poll_closed', 'poll_has_votes', 'unknown_option', 'too_few_options', 'unconfirmed'],
  },
  { params: optionParams, querystring: z.strictObject({ isConfirmed }), headers: ifMatch },
)
