import { type Availability, availabilities, availabilityOf, optionOf } from '../../../polls/model/choices.ts'
import { shortDates } from '../../../polls/model/dates.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import type { Answers } from '../../../polls/queries/poll-queries.ts'

export const answerNames: Record<Availability, string> = { yes: 'Yes', if_need_be: 'If need be', no: 'No' }

export const answersInOrder = availabilities.map((value) => ({ value, name: answerNames[value] }))

/** The table of answers: one column per date, and one row per person who answered last. */
export function answersModel({ options, timeZone, totalVotes }: Poll, answers: readonly Answers[]) {
  const titles = options.map(({ title }) => title)
  const heads = shortDates(titles, timeZone ?? 'UTC')
  return {
    names: answerNames,
    columns: options.map(({ id, title }, index) => ({ id, dates: title, ...(heads[index] ?? { day: '', time: '' }) })),
    hasYears: heads.some(({ hasYear }) => hasYear),
    rows: answers.map(({ choices, ...person }) => ({
      person,
      said: new Map(choices.map((choice) => [optionOf(choice), availabilityOf(choice)])),
    })),
    others: totalVotes - answers.length,
  }
}
