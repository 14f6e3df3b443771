import { markedName } from '../../../people/model/person-name.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import type { VoteRun } from '../../gathered-votes.ts'
import { lineHtml, sentenceHtml } from '../../html.ts'
import { namedRuns } from '../../thread-words.ts'
import { maxNamedOptions, voteWords } from '../../wording.ts'

export function voteTitle(poll: Poll, from: Choices, to: Choices): string {
  return sentenceHtml(voteWords(poll, from, to, maxNamedOptions))
}

/** One line of HTML per person. */
export function jointBody(runs: readonly VoteRun[], poll: Poll): string {
  const { named, unnamed } = namedRuns(runs)
  const lines = named.map(({ person, from, to }) => `${lineHtml(markedName(person))} ${voteTitle(poll, from, to)}`)
  return [...lines, ...unnamed].join('<br>')
}
