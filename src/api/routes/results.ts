import { stringify } from 'csv-stringify/sync'
import { maxPossible } from '../../polls/counting/methods.ts'
import { withoutDirectionControls } from '../../polls/model/direction.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { expectResults, seenBy } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { asCsv, csvAnswers, csvOptions } from '../csv.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'

/** The results of a poll as CSV. */
export const results: ApiRoutes<'polls'> = async (app, { services }) => {
  app.get('/polls/:id/results.csv', { schema: download }, async (request, reply) => {
    const { poll, choices } = await services.polls.view(request.params.id, request.person?.id)
    expectResults(seenBy(poll, choices))
    return asCsv(reply, poll, '.csv').send(csv(poll))
  })
}

function csv(poll: Poll): string {
  const areDates = poll.method === 'dates'
  const head = ['option', 'votes', ...(areDates ? ['if_need_be'] : []), 'percent']
  const rows = poll.options.map(({ title, votes, maybes }) => {
    const share = percent(votes + maybes, maxPossible(poll))
    return [withoutDirectionControls(title), votes, ...(areDates ? [maybes] : []), share]
  })
  return stringify([head, ...rows], csvOptions)
}

function percent(votes: number, total: number): string {
  return (total === 0 ? 0 : (100 * votes) / total).toFixed(1)
}

const download = operation(
  {
    operationId: 'downloadResults',
    tag: 'Voting',
    summary: 'Download the results as CSV',
    description:
      'One line for each option: option, votes, percent of the possible votes. In a ranking, votes are the ballots that name the option first; in a poll of scores, its points; of a date, how many say yes, with another column for if need be. Safe to open in a spreadsheet.',
    access: 'everybody',
    problems: ['results_hidden'],
    answers: csvAnswers,
  },
  { params: pollParams },
)
