import { z } from 'zod'
import { formatChoices } from '../../polls/model/choices/choice-text.ts'
import { expectPublishedBallots, expectVotes, seenBy } from '../../polls/rules/visibility.ts'
import { canSignIn } from '../../server/sign-in-requirements.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { publishedTable, votesTable } from '../export/ballot-tables.ts'
import { type Format, fileAnswers, sendFile } from '../export/download.ts'
import { operation } from '../openapi/operation.ts'
import { limit, nextLink, pollParams } from '../parameters.ts'
import { optionIds, personJson, personSchema, time } from '../representation.ts'

/** Who voted for what, and all ballots as a file. Those of an anonymous poll are published after closing, without names. */
export const votes: ApiRoutes<'config' | 'chats' | 'polls' | 'anonymousBallots'> = async (app, { services }) => {
  const { config, chats, polls, anonymousBallots } = services

  app.get('/polls/:id/votes', { schema: list }, async (request, reply) => {
    const { poll, choices } = await polls.view(request.params.id, request.person?.id)
    expectVotes(seenBy(poll, choices))
    const { from = '', limit } = request.query
    const { votes, next } = await polls.votesPage(poll.id, { from, limit })
    if (next) reply.header('link', nextLink(request.url, config.publicUrl, { from: next }))
    return {
      votes: votes.map(({ person, choices, at }) => {
        return { voter: personJson(person), choices: formatChoices(choices), at: at?.toISOString() ?? null }
      }),
      next,
    }
  })

  for (const format of ['csv', 'xlsx'] as const) {
    app.get(`/polls/:id/ballots.${format}`, { schema: download(format) }, async (request, reply) => {
      const { poll, choices } = await polls.view(request.params.id, request.person?.id)
      if (poll.anonymous) expectPublishedBallots(poll)
      else expectVotes(seenBy(poll, choices))
      const hasChat = canSignIn(chats)
      const table = poll.anonymous ? publishedTable(anonymousBallots, poll) : votesTable(polls, poll, hasChat)
      return sendFile(reply, poll, format, '-ballots', table)
    })
  }
}

const personId = z.string().regex(/^[\w-]{1,40}$/, 'Send `next` of the previous page.')

const list = operation(
  {
    operationId: 'listVotes',
    tag: 'Voting',
    summary: 'List who voted for what',
    description:
      'The ballots that count in a poll that is not anonymous, in the order of the voters’ ids. Hidden while the results are.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: {
      200: {
        description: 'A page of votes',
        schema: z
          .strictObject({
            votes: z.array(
              z.strictObject({
                voter: personSchema,
                choices: optionIds.describe('As they were cast'),
                at: time.nullable().describe('When this ballot was cast; null if the log does not say'),
              }),
            ),
            next: z.string().nullable().describe('The id at the start of the next page; null on the last page'),
          })
          .meta({ id: 'VotePage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    params: pollParams,
    querystring: z.strictObject({ from: personId.optional().describe('`next` from the previous page'), limit }),
  },
)

const names = { csv: 'CSV', xlsx: 'an Excel workbook' }

const download = (format: Format) =>
  operation(
    {
      operationId: format === 'csv' ? 'downloadBallots' : 'downloadBallotsXlsx',
      tag: 'Voting',
      summary: `Download all ballots as ${names[format]}`,
      description:
        'One line for each ballot: who voted and when, in the zone of the poll, which the heading names (UTC without one); in an anonymous poll, only once its ballots are published, the hash of the receipt instead. Then a cell for each option: 1 if chosen, its rank, its points, or yes, if need be or no. Safe to open in a spreadsheet.',
      access: 'everybody',
      problems: ['results_hidden'],
      answers: fileAnswers(format),
    },
    { params: pollParams },
  )
