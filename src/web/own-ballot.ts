import { availabilities, availabilityOf, highestScore, optionOf, scoreOf } from '../polls/choice.ts'
import type { ClosePollView, PollView } from '../polls/queries.ts'
import type { PollMethod } from '../polls/types.ts'
import { titled } from './phrases.ts'

/** What is shown of one's own ballot where a click on an option is not enough to vote. */
export function ownBallotModel(view: PollView) {
  return { ranking: rankingModel(view), scores: scoresModel(view), dates: datesModel(view) }
}

/** The options in one's own order, and the others in the poll's. */
function rankingModel({ poll: { method, options }, choices }: PollView) {
  if (method !== 'ranked') return undefined
  const mine = choices.flatMap((id) => options.filter((option) => option.id === id))
  return { mine, others: options.filter((option) => !mine.includes(option)) }
}

/** All options with the points on one's own ballot. */
function scoresModel({ poll: { method, options }, choices }: PollView) {
  if (method !== 'score') return undefined
  const points = new Map(choices.map((choice) => [optionOf(choice), scoreOf(choice)]))
  return {
    highest: highestScore,
    options: options.map(({ id, title }) => ({ id, title, points: points.get(id) })),
  }
}

/** All dates with what one's own ballot says of them. */
function datesModel({ poll, choices }: PollView) {
  if (poll.method !== 'dates') return undefined
  const said = new Map(choices.map((choice) => [optionOf(choice), availabilityOf(choice)]))
  return {
    timeZone: poll.timeZone,
    answers: availabilities.map((value) => ({ value, name: answerNames[value] })),
    options: poll.options.map(({ id, title }) => ({ id, ...titled(poll, title), said: said.get(id) })),
  }
}

export const answerNames = { yes: 'Yes', if_need_be: 'If need be', no: 'No' }

const ballotScripts: Record<PollMethod, string[]> = {
  single_choice: [],
  multiple_choice: [],
  score: ['own-ballot.js'],
  ranked: ['ranking.js'],
  dates: ['own-ballot.js'],
}

export function scriptsFor({ poll, mirrors }: ClosePollView): string[] {
  return ['live.js', ...ballotScripts[poll.method], ...(mirrors.length > 0 ? ['mirrors.js'] : [])]
}
