import { inOneSentence, type Phrase } from '../../../polls/model/phrases.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import type { PollMethod } from '../../../polls/model/poll-rules.ts'
import { minToPublish } from '../../../polls/rules/closing.ts'
import { whatIsFinal } from '../../../polls/rules/permissions.ts'

/** The rooms of chats that show the poll. `unnamed` is what they are called to people who may not read their names. */
export type SeenIn = { rooms: readonly { name: string }[]; more: number; unnamed?: readonly string[] | undefined }

/** Says before a vote who will see it, and whether it can be changed. */
export function voteMeaning(poll: Poll, seenIn: SeenIn): Phrase[] {
  return [
    ...whoSees(poll, where(seenIn)),
    { text: ` ${poll.votesFinal ? `Votes are final: ${whatIsFinal(poll)}.` : lasting[poll.method]}` },
  ]
}

/** @param places where else, as in ", here and in the team chat" */
export function whoSees(poll: Poll, places: Phrase[] = []): Phrase[] {
  const { anonymous, resultsVisible } = poll
  if (anonymous) {
    const published = `all votes are published without names, if at least ${minToPublish(poll).toLocaleString('en')} people vote`
    return [{ text: `Nobody sees who voted for what. When the poll closes, ${published}.` }]
  }
  if (resultsVisible === 'always') return [{ text: 'Everybody can see who voted for what' }, ...places, { text: '.' }]
  const then = [{ text: 'When the poll closes, everybody can see who voted for what' }, ...places]
  const until =
    resultsVisible === 'after_voting' ? 'only people who have voted can' : 'everybody sees only who has voted'
  return [...then, { text: `. Until then, ${until}.` }]
}

function where({ rooms, more, unnamed }: SeenIn): Phrase[] {
  if (rooms.length === 0) return []
  const named = unnamed
    ? unnamed.map((place): Phrase[] => [{ text: `in ${place}` }])
    : rooms.map(({ name }): Phrase[] => [{ text: 'in ' }, { title: name }])
  const others: Phrase[][] = more > 0 && !unnamed ? [[{ text: `in ${more} more` }]] : []
  return inOneSentence([[{ text: ', here' }], ...named, ...others])
}

const lasting: Record<PollMethod, string> = {
  single_choice: 'You can change your vote until the poll closes.',
  multiple_choice: 'You can change your choices until the poll closes.',
  score: 'You can change your points until the poll closes.',
  ranked: 'You can change your ranking until the poll closes.',
  dates: 'You can change your answers until the poll closes.',
}
