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

/** Rows that are made without a pause for other requests. */
const atOnce = 200

/** The ballots of an anonymous poll that was closed, for everybody to count. */
export const publishedBallots: ApiRoutes<'config' | 'polls' | 'anonymousBallots'> = async (app, { services }) => {
  const { anonymousBallots, config } = services
  const viewOpened = async (id: string) => {
    const { poll } = await services.polls.view(id)
    expectPublishedBallots(poll)
    return poll
  }

  app.get('/polls/:id/ballots', { schema: list }, async (request, reply) => {
    const { id } = await viewOpened(request.params.id)
    const { from = '', limit } = request.query
    const { ballots, next } = await anonymousBallots.published(id, { from, limit })
    if (next) reply.header('link', nextLink(request.url, config.publicUrl, { from: next }))
    return { ballots: ballots.map(({ hash, choices }) => ({ receiptHash: hash, choices: [...choices] })), next }
  })
  app.get('/polls/:id/ballots.csv', { schema: download }, async (request, reply) => {
    const poll = await viewOpened(request.params.id)
    const head = ['receipt_hash', ...poll.options.map(({ title }) => withoutDirectionControls(title))]
    const rows = Readable.from(rowsOf(anonymousBallots, poll))
    // What breaks on the way breaks the answer off.
    const lines = pipeline(rows, stringify({ ...csvOptions, header: true, columns: head }), () => {})
    return asCsv(reply, poll, '-ballots.csv').send(lines)
  })
}

async function* rowsOf(anonymousBallots: AnonymousBallotQueries, poll: Poll): AsyncGenerator<string[]> {
  for (let from: string | null = ''; from !== null; ) {
    const { ballots, next } = await anonymousBallots.published(poll.id, { from, limit: atOnce })
    for (const ballot of ballots) yield row(poll, ballot)
    from = next
  }
}

/** What a ballot says of each option; in a ranking its place, and where it is just chosen, 1. */
function row({ options, method }: Poll, { hash, choices }: AnonymousBallot): string[] {
  const said = new Map(
    choices.map((choice, index) => [optionOf(choice), gradeOf(choice) || String(method === 'ranked' ? index + 1 : 1)]),
  )
  return [hash, ...options.map(({ id }) => said.get(id) ?? '')]
}

const hash = z.string().regex(/^[0-9a-f]{1,64}$/, 'That is no SHA-256 in hex.')

const list = operation(
  {
    operationId: 'listBallots',
    tag: 'Voting',
    summary: 'List the ballots of an anonymous poll',
    description:
      'Once it is closed, if enough people have voted: in the order of the hashes of their receipts, which says nothing of who cast them or when. Count them yourself, and find your own by the hash of your receipt.',
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
            next: z.string().nullable().describe('The hash that the next page begins with; null on the last'),
          })
          .meta({ id: 'BallotPage' }),
        headers: { Link: 'The next page, rel="next", unless this is the last' },
      },
    },
  },
  {
    params: pollParams,
    querystring: z.strictObject({ from: hash.optional().describe('The next of the page before'), limit }),
  },
)

const download = operation(
  {
    operationId: 'downloadBallots',
    tag: 'Voting',
    summary: 'Download the ballots of an anonymous poll as CSV',
    description:
      'The same in one file: a line for each ballot with the hash of its receipt, and for each option what the ballot says of it: 1 where it is chosen, its place in a ranking, its points, or whether the voter can. Safe to open in a spreadsheet.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: csvAnswers,
  },
  { params: pollParams },
)
