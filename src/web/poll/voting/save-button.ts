import { formatChoices } from '../../../polls/model/choices/choice-text.ts'
import { hasChoice, inOrder } from '../../../polls/model/choices/choices.ts'
import { counted, names, type Phrase } from '../../../polls/model/phrases.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import type { PollMethod } from '../../../polls/model/poll-rules.ts'
import { canAdd, whatIsFinal } from '../../../polls/rules/permissions.ts'
import { finalVoteKey } from '../../../polls/rules/vote-confirmation.ts'

export type BallotButtons = {
  save: Labels
  finalVote: ReturnType<typeof finalVote>
  /** Whether the person answered "Not yet". */
  isPutOff: boolean
}

/** The button that sends the ballot. While the page asks whether to cast a final vote, it confirms that. */
export type SaveButtonPart = BallotButtons & { id: string; isOffered: boolean; canWithdraw: boolean }

/** The page's script puts the title of the chosen option in the place of the ellipsis. */
type Labels = { label: string; labelFor: string }

export function saveLabels({ method, votesFinal }: Poll, own: Choices): Labels {
  if (votesFinal) return finalLabels(method, own.length > 0)
  if (method === 'single_choice' && own.length > 0) return { label: 'Change my vote', labelFor: 'Change my vote to …' }
  return method === 'single_choice'
    ? { label: 'Vote', labelFor: 'Vote for …' }
    : { label: savings[method], labelFor: '' }
}

function finalLabels(method: PollMethod, isAddition: boolean): Labels {
  const label = `${isAddition ? 'Add to' : 'Cast'} my ${nouns[method]}`
  return { label, labelFor: method === 'single_choice' ? `${label} for …` : '' }
}

const savings = {
  multiple_choice: 'Save my choices',
  score: 'Save my points',
  ranked: 'Save my ranking',
  dates: 'Save my answers',
}
const nouns: Record<PollMethod, string> = {
  single_choice: 'vote',
  multiple_choice: 'vote',
  score: 'points',
  ranked: 'ranking',
  dates: 'answers',
}

/** A longer list of options is cut. */
const maxNamed = 5

/**
 * The question whether to cast a final vote. Undefined if nothing is asked.
 *
 * @param asked what the person wants to cast
 */
export function finalVote(poll: Poll, own: Choices, asked: Choices | undefined) {
  const choices = asked && inOrder(poll, asked)
  if (!choices || !poll.votesFinal || poll.status === 'closed') return undefined
  const pronoun = poll.method === 'score' || poll.method === 'dates' ? 'them' : 'it'
  const then = canAdd(poll, choices) ? `Afterwards, ${whatIsFinal(poll)}.` : `You cannot change ${pronoun} afterwards.`
  return {
    key: finalVoteKey(poll, choices),
    choices: formatChoices(choices),
    question: [...question(poll, own, choices), { text: `? ${then}` }],
  }
}

function question(poll: Poll, own: Choices, choices: Choices): Phrase[] {
  const added = choices.filter((choice) => !hasChoice(own, choice))
  const [isAddition, noun] = [own.length > 0, nouns[poll.method]]
  if (poll.method === 'score' || poll.method === 'dates') {
    const what = counted(added.length, poll.method === 'dates' ? 'date' : 'option')
    return [{ text: `${isAddition ? 'Add' : 'Cast'} your ${noun} for ${what}` }]
  }
  const named = names(poll, added, maxNamed)
  if (isAddition) return [{ text: 'Add ' }, ...named, { text: ` to your ${noun}` }]
  return [{ text: poll.method === 'ranked' ? 'Cast your ranking: ' : 'Cast your vote for ' }, ...named]
}
