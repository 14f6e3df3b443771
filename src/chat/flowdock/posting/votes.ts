import { markedName } from '../../../people/model/person-name.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import type { VoteRun } from '../../gathered-votes.ts'
import { voteWords } from '../../wording.ts'
import { lineHtml, sentenceHtml } from '../html.ts'

/** A longer list of options names this many and counts the rest. */
export const maxNamedOptions = 3

export function voteTitle(poll: Poll, from: Choices, to: Choices): string {
  return sentenceHtml(voteWords(poll, from, to, maxNamedOptions))
}

/** A title for all runs that continues "12 people". */
export function jointTitle(runs: readonly VoteRun[]): string {
  const haveWithdrawn = runs.some(({ to }) => to.length === 0)
  const haveChanged = runs.some(({ from, to }) => from.length > 0 && to.length > 0)
  const haveVoted = runs.some(({ from, to }) => from.length === 0 && to.length > 0)
  if (!haveWithdrawn) return haveVoted ? 'voted' : 'changed their votes'
  const others = haveChanged ? 'changed or withdrew their votes' : 'withdrew their votes'
  return haveVoted ? `voted, or ${others}` : others
}

/** More people are only counted. */
const maxNamed = 5

/** One line of HTML per person. */
export function jointBody(runs: readonly VoteRun[], poll: Poll): string {
  const lines = runs
    .slice(0, maxNamed)
    .map(({ person, from, to }) => `${lineHtml(markedName(person))} ${voteTitle(poll, from, to)}`)
  const others = runs.length - lines.length
  return [...lines, ...(others > 0 ? [`and ${people(others, 'more ')}`] : [])].join('<br>')
}

/** "1 person", "12 people", "3 more people". */
export function people(count: number, more = ''): string {
  return `${count.toLocaleString('en')} ${more}${count === 1 ? 'person' : 'people'}`
}
