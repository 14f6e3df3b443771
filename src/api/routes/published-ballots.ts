import { pipeline, Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import { z } from 'zod'
import type { AnonymousBallotQueries } from '../../polls/anonymous/queries.ts'
import { gradeOf, optionOf } from '../../polls/model/choices.ts'
import { withoutDirectionControls } from '../../polls/model/direction.ts'
import type { AnonymousBallot, Poll } from '../../polls/model/poll.ts'
import { expectPublishedBallots } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { asCsv, csvAnswers, csvOptions } from '../csv.ts'
import { operation } from '../openapi/operation.ts'
import { limit, nextLink, pollParams } from '../parameters.ts'
import { optionIds } from '../representation.ts'

/** Ballots of one query. Other requests run between two queries. */
const batchSize = 200

/** The published ballots of a closed anonymous poll. */
export const publishedBallots: ApiRoutes<'config' | 'polls' | 'anonymousBallots'> = async (app, { services }) => {
  const { anonymousBallots, config } = services
  const viewPublished = async (id: string) => {
    const { poll } = await services.polls.view(id)
    expectPublishedBallots(poll)
    return poll
  }

  app.get('/polls/:id/ballots', { schema: list }, async (request, reply) => {
    const { id } = await viewPublished(request.params.id)
    const { from = '', limit } = request.query
    const { ballots, next } = await anonymousBallots.published(id, { from, limit })
    if (next) reply.header('link', nextLink(request.url, config.publicUrl, { from: next }))
    return { ballots: ballots.map(({ hash, choices }) => ({ receiptHash: hash, choices: [...choices] })), next }
  })
  app.get('/polls/:id/ballots.csv', { schema: download }, async (request, reply) => {
    const poll = await viewPublished(request.params.id)
    const head = ['receipt_hash', ...poll.options.map(({ title }) => withoutDirectionControls(title))]
    const rows = Readable.from(rowsOf(anonymousBallots, poll))
    // An error while streaming closes the connection.
    const lines = pipeline(rows, stringify({ ...csvOptions, header: true, columns: head }), () => {})
    return asCsv(reply, poll, '-ballots.csv').send(lines)
  })
}

async function* rowsOf(anonymousBallots: AnonymousBallotQueries, poll: Poll): AsyncGenerator<string[]> {
  for (let from: string | null = ''; from !== null; ) {
    const { ballots, next } = await anonymousBallots.published(poll.id, { from, limit: batchSize })
    for (const ballot of ballots) yield row(poll, ballot)
    from = next
  }
}

/** The receipt hash, then a cell for each option: its points or availability, its rank in a ranking, or 1 if chosen. */
function row({ options, method }: Poll, { hash, choices }: AnonymousBallot): string[] {
  const cells = new Map(
    choices.map((choice, index) => [optionOf(choice), gradeOf(choice) || String(method === 'ranked' ? index + 1 : 1)]),
  )
  return [hash, ...options.map(({ id }) => cells.get(id) ?? '')]
}

const hash = z.string().regex(/^[0-9a-f]{1,64}$/, 'Send 1 to 64 hex digits of a SHA-256 hash.')

const list = operation(
  {
    operationId: 'listBallots',
    tag: 'Voting',
    summary: 'List the ballots of an anonymous poll',
    description:
      'Only once it is closed, and if enough people have voted. The order is that of the receipt hashes, so it does not reveal who voted or when. You can count the ballots, and find yours by the hash of your receipt.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: {
      200: {
        description: 'A page of ballots',
        schema: z
          .strictObject({
            ballots: z.array(
              z.strictObject({
                receiptHash: z.string().describe('SHA-256 (hex) of the 26 characters of the receipt'),
                choices: optionIds.describe('As they were cast'),
              }),
            ),
            next: z.string().nullable().describe('The hash at the start of the next page; null on the last page'),
          })
          .meta({ id: 'BallotPage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    params: pollParams,
    querystring: z.strictObject({ from: hash.optional().describe('`next` from the previous page'), limit }),
  },
)

const download = operation(
  {
    operationId: 'downloadBallots',
    tag: 'Voting',
    summary: 'Download the ballots of an anonymous poll as CSV',
    description:
      'One line for each ballot: the hash of its receipt, then a cell for each option: 1 if chosen, its rank, its points, or yes, if_need_be or no. Safe to open in a spreadsheet.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: csvAnswers,
  },
  { params: pollParams },
)
