import { availabilityOf, optionOf } from '../polls/choice.ts'
import type { Answers } from '../polls/queries.ts'
import { answerNames } from './own-ballot.ts'

/** A row for each person: what they say of each date. @param total how many have answered */
export function answersModel(answers: readonly Answers[], total: number) {
  return {
    names: answerNames,
    rows: answers.map(({ choices, ...person }) => ({
      person,
      said: new Map(choices.map((choice) => [optionOf(choice), availabilityOf(choice)])),
    })),
    others: total - answers.length,
  }
}
