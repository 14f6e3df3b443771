import { settlement } from '../../polls/inputs/inputs.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { changePoll } from '../change-poll.ts'
import { ifMatch } from '../conditional.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { pollSchema } from '../representation.ts'

/** Close, settle, reopen, archive and restore a poll, and remind people who have not voted. */
export const lifecycle: ApiRoutes<'config' | 'ballotBox' | 'polls' | 'nonVoters'> = async (app, { services }) => {
  const write = { preHandler: app.limits.write }

  app.put('/polls/:id/closure', { schema: close, ...write }, (request) =>
    changePoll(services, request, { type: 'close' }),
  )
  app.put('/polls/:id/settlement', { schema: settle, ...write }, (request) =>
    changePoll(services, request, { type: 'settle', ...request.body }),
  )
  app.delete('/polls/:id/closure', { schema: reopen, ...write }, (request) =>
    changePoll(services, request, { type: 'reopen' }),
  )
  app.post('/polls/:id/reminders', { schema: remind, ...write }, async (request) => {
    const { poll } = await services.polls.view(request.params.id)
    const { people } = await services.nonVoters.of(poll)
    return changePoll(services, request, { type: 'remind', people })
  })
  app.put('/polls/:id/archive', { schema: archive, ...write }, (request) =>
    changePoll(services, request, { type: 'archive' }),
  )
  app.delete('/polls/:id/archive', { schema: restore, ...write }, (request) =>
    changePoll(services, request, { type: 'unarchive' }),
  )
}

const about = { tag: 'Lifecycle', access: 'person', isChange: true } as const
const parts = { params: pollParams, headers: ifMatch }

const close = operation(
  {
    ...about,
    operationId: 'closePoll',
    summary: 'Close a poll',
    description: 'Only for its creator. Closing a closed poll changes nothing.',
    answers: { 200: { description: 'The closed poll with its outcome', schema: pollSchema } },
    problems: ['forbidden'],
  },
  parts,
)

const settle = operation(
  {
    ...about,
    operationId: 'settlePoll',
    summary: 'Settle on a date',
    description:
      'Only for the creator of a poll of dates, also if dates are tied. An open poll is closed. Settling on another date replaces the first; reopening the poll undoes it.',
    answers: { 200: { description: 'The closed poll, with settledOptionId', schema: pollSchema } },
    problems: ['forbidden', 'unknown_option'],
  },
  { ...parts, body: settlement.meta({ examples: [{ optionId: 'h7k2m9x4q3vd' }] }) },
)

const reopen = operation(
  {
    ...about,
    operationId: 'reopenPoll',
    summary: 'Reopen a poll',
    description: 'Only for its creator. The poll keeps its votes. An archived poll returns to the lists.',
    answers: { 200: { description: 'The open poll', schema: pollSchema } },
    problems: ['forbidden', 'ballots_published'],
  },
  parts,
)

const remind = operation(
  {
    ...about,
    operationId: 'remindVoters',
    summary: 'Remind people who have not voted',
    description:
      'Only for the creator of an open poll, at most once an hour. The threads of the poll in team chats name the people on the voter list, or those who opened the poll signed in, who have not voted. In an anonymous poll they name nobody.',
    answers: { 200: { description: 'The poll', schema: pollSchema } },
    problems: ['forbidden', 'poll_closed', 'reminded_recently', 'nobody_to_remind'],
  },
  parts,
)

const archive = operation(
  {
    ...about,
    operationId: 'archivePoll',
    summary: 'Archive a closed poll',
    description: 'Only for its creator. The lists leave the poll out; it can still be read by its id.',
    answers: { 200: { description: 'The archived poll', schema: pollSchema } },
    problems: ['forbidden', 'poll_open'],
  },
  parts,
)

const restore = operation(
  {
    ...about,
    operationId: 'restorePoll',
    summary: 'Unarchive a poll',
    description: 'Only for its creator. The poll is in the lists again and stays closed.',
    answers: { 200: { description: 'The unarchived poll', schema: pollSchema } },
    problems: ['forbidden'],
  },
  parts,
)
