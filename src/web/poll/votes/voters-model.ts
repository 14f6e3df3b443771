import { gradeWords, titled } from '../../../polls/model/phrases.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import type { Vote } from '../../../polls/queries/votes.ts'
import type { ShownPerson } from '../../part-models.ts'

/** More voters of an option are on the page of all votes. */
export const maxVotersShown = 12

export function votesPath(pollId: string): string {
  return `/polls/${pollId}/votes`
}

/** `grade` is the points that the option got; `more` is how many voters are not shown, or that some are not. */
export type VotersModel = {
  title: string
  voters: { person: ShownPerson; initials: string; grade: string }[]
  more: number | 'some' | undefined
  path: string
}

/** Who voted for each option, by its id; in a ranking, who ranked it first; in a poll of points, who gave it points. */
export function votersModels(
  poll: Poll,
  { votes, areAll }: { votes: readonly Vote[]; areAll: boolean },
): Map<string, VotersModel> {
  const voters = new Map<string, VotersModel['voters']>(poll.options.map(({ id }) => [id, []]))
  for (const { person, choices } of votes) {
    for (const { optionId, grade } of choicesShown(poll, choices))
      voters.get(optionId)?.push({ person, initials: '', grade: grade === undefined ? '' : gradeWords(grade) })
  }
  return new Map(
    poll.options.flatMap(({ id, title, votes: count }): [string, VotersModel][] => {
      const all = voters.get(id) ?? []
      const shown = all.slice(0, maxVotersShown)
      // The votes of such a poll are points, so their number says how many gave some only if all ballots were read.
      const total = poll.method === 'score' ? (areAll ? all.length : undefined) : count
      const more = total === undefined ? 'some' : Math.max(0, total - shown.length) || undefined
      if (count === 0 || (shown.length === 0 && more === undefined)) return []
      const named = shown.map((voter) => ({ ...voter, initials: initialsOf(voter.person.name) }))
      return [[id, { title: titled(poll, title).title, voters: named, more, path: votesPath(poll.id) }]]
    }),
  )
}

function choicesShown({ method }: Poll, choices: Choices): Choices {
  if (method === 'ranked') return choices.slice(0, 1)
  return method === 'score' ? choices.filter(({ grade }) => grade !== 0) : choices
}

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Of the first and the last word of a name, in any script. */
function initialsOf(name: string): string {
  const words = name.split(/[\s\p{P}\p{Sm}]+/u).filter((word) => word !== '')
  const [first = '', last = ''] = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? name]
  return [first, last].map(firstCharacter).join('').toUpperCase()
}

function firstCharacter(word: string): string {
  for (const { segment } of characters.segment(word)) return segment
  return ''
}
