import { maxPossible } from '../../polls/counting/methods.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { expectResults, seenBy } from '../../polls/rules/visibility.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { type Format, fileAnswers, sendFile } from '../export/download.ts'
import { type Table, titleCell } from '../export/table.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'

/** The results of a poll as a file. */
export const results: ApiRoutes<'polls'> = async (app, { services }) => {
  for (const format of ['csv', 'xlsx'] as const) {
    app.get(`/polls/:id/results.${format}`, { schema: download(format) }, async (request, reply) => {
      const { poll, choices } = await services.polls.view(request.params.id, request.person?.id)
      expectResults(seenBy(poll, choices))
      return sendFile(reply, poll, format, '', resultsTable(poll))
    })
  }
}

function resultsTable(poll: Poll): Table {
  const areDates = poll.method === 'dates'
  const maybe = areDates ? [{ name: 'if_need_be' }] : []
  return {
    columns: [{ name: 'option' }, { name: 'votes' }, ...maybe, { name: 'percent', decimals: 1 }],
    rows: poll.options.map(({ title, votes, maybes }) => {
      const share = percent(votes + maybes, maxPossible(poll))
      return [titleCell(poll, title), votes, ...(areDates ? [maybes] : []), share]
    }),
  }
}

/** Rounded as it is shown. */
function percent(votes: number, total: number): number {
  return total === 0 ? 0 : Math.round((1000 * votes) / total) / 10
}

const names = { csv: 'CSV', xlsx: 'an Excel workbook' }

const download = (format: Format) =>
  operation(
    {
      operationId: format === 'csv' ? 'downloadResults' : 'downloadResultsXlsx',
      tag: 'Voting',
      summary: `Download the results as ${names[format]}`,
      description:
        'One line for each option: option, votes, percent of the possible votes. In a ranking, votes are the ballots that name the option first; in a poll of points, its points; of a date, how many say yes, with another column for if need be. Times are in the zone of the poll. Safe to open in a spreadsheet.',
      access: 'everybody',
      problems: ['results_hidden'],
      answers: fileAnswers(format),
    },
    { params: pollParams },
  )
