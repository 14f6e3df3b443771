import { markedName } from '../../../people/model/person-name.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import type { VoteRun } from '../../gathered-votes.ts'
import { lineHtml, sentenceHtml } from '../../html.ts'
import { maxNamedOptions, people, voteWords } from '../../wording.ts'

export function voteTitle(poll: Poll, from: Choices, to: Choices): string {
  return sentenceHtml(voteWords(poll, from, to, maxNamedOptions))
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
