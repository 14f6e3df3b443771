import { availabilities } from '../../../polls/model/choices/choices.ts'
import { shortDates } from '../../../polls/model/dates.ts'
import type { Availability, Poll } from '../../../polls/model/poll.ts'
import type { Vote } from '../../../polls/queries/votes.ts'

const answerNames: Record<Availability, string> = { yes: 'Yes', if_need_be: 'If need be', no: 'No' }

export const answersInOrder = availabilities.map((value) => ({ value, name: answerNames[value] }))

/** A cell of the table of answers. The name is for readers who do not see the sign. */
export type AnswerPart = { said: Availability | undefined; isBest: boolean; name: string }

/** All cells that a table can have, as most tables have many of each. */
const answerCells: AnswerPart[] = [true, false].flatMap((isBest) => [
  ...answersInOrder.map(({ value, name }) => ({ said: value, isBest, name })),
  { said: undefined, isBest, name: 'no answer' },
])

/** The table of answers: one column per date, and one row per person who answered last. */
export function answersModel({ options, timeZone, totalVotes }: Poll, answers: readonly Vote[]) {
  const titles = options.map(({ title }) => title)
  const heads = shortDates(titles, timeZone ?? 'UTC')
  return {
    cells: answerCells,
    columns: options.map(({ id, title }, index) => ({ id, dates: title, ...(heads[index] ?? { day: '', time: '' }) })),
    hasYears: heads.some(({ hasYear }) => hasYear),
    rows: answers.map(({ choices, person }) => ({
      person,
      said: new Map(choices.map(({ optionId, grade }) => [optionId, grade])),
    })),
    others: totalVotes - answers.length,
  }
}
