import { counted } from '../../web/text.ts'
import { type Content, isObject, type RoomEvent, relationOf } from '../room/event.ts'
import type { Room } from '../room/room.ts'

const prefix = 'org.matrix.msc3381.poll'
export const pollStart = `${prefix}.start`
export const pollResponse = `${prefix}.response`
const pollEnd = `${prefix}.end`
const textOf = 'org.matrix.msc1767.text'
const maxAnswers = 20

/** A native poll as a page shows it. */
export type PollModel = {
  question: string
  max: number
  isEnded: boolean
  answers: { id: string; text: string; votes: string; isMine: boolean }[]
}

/** A poll with its votes: the last of each sender counts, unless it names an unknown answer. */
export function pollModel(room: Room, start: RoomEvent, userId: string): PollModel | undefined {
  const poll = start.content[pollStart]
  if (!isObject(poll) || !Array.isArray(poll.answers)) return
  const answers = poll.answers.filter(isObject).slice(0, maxAnswers)
  const max = typeof poll.max_selections === 'number' ? Math.max(1, poll.max_selections) : 1
  const related = room.related(start.id).filter(({ content }) => relationOf(content)?.type === 'm.reference')
  const end = related.find(({ type, sender }) => type === pollEnd && sender === start.sender)
  const known = new Set(answers.map(({ id }) => String(id)))
  const votes = new Map<string, string[]>()
  const responses = related.filter(({ type, at }) => type === pollResponse && (!end || at <= end.at))
  for (const response of responses.toSorted((one, other) => one.at - other.at)) {
    votes.set(response.sender, chosenIn(response.content, known).slice(0, max))
  }
  const all = [...votes.values()].flat()
  return {
    question: text(poll.question),
    max,
    isEnded: end !== undefined,
    answers: answers.map((answer) => {
      const id = String(answer.id)
      const isMine = votes.get(userId)?.includes(id) ?? false
      const votesFor = all.filter((one) => one === id).length
      return { id, text: text(answer), votes: counted(votesFor, 'vote'), isMine }
    }),
  }
}

/** The content of a vote. */
export function pollVote(pollId: string, answers: string[]): Content {
  return { [pollResponse]: { answers }, 'm.relates_to': { rel_type: 'm.reference', event_id: pollId } }
}

/** No answers if one of them is unknown. */
function chosenIn(content: Content, known: ReadonlySet<string>): string[] {
  const response = content[pollResponse]
  const answers = isObject(response) && Array.isArray(response.answers) ? response.answers.map(String) : []
  return answers.every((id) => known.has(id)) ? [...new Set(answers)] : []
}

function text(block: unknown): string {
  const value = isObject(block) ? block[textOf] : undefined
  return typeof value === 'string' ? value : ''
}
