import { Refusal } from '../errors.ts'
import type { Choices, EventFacts, Poll } from './types.ts'

/**
 * Whether what people voted is kept for now, but for one's own vote and how many have voted: from everybody, and where
 * whoever has voted may see it, from whoever is not known to have (see `seenBy`).
 */
export function areResultsHidden({ resultsVisible, status }: Pick<Poll, 'resultsVisible' | 'status'>): boolean {
  return resultsVisible !== 'always' && status === 'open'
}

/** The poll as somebody may see it who has these choices on their ballot; none when they have not voted. */
export function seenBy(poll: Poll, choices: Choices): Poll {
  const maySee = poll.resultsVisible === 'after_voting' && choices.length > 0
  return maySee ? { ...poll, resultsVisible: 'always' } : poll
}

/** @throws {Refusal} `results_hidden` */
export function expectResults(poll: Poll): void {
  if (areResultsHidden(poll)) throw new Refusal('results_hidden', `The results are hidden until ${untilWhen(poll)}.`)
}

/** Reads on from "until" or "once". */
export function untilWhen({ resultsVisible }: Poll): string {
  return resultsVisible === 'after_voting' ? 'you have voted, or the poll is closed' : 'the poll is closed'
}

/**
 * What may be told of an event: without the choices on anybody's ballot while results are hidden. The outcome of an
 * earlier closing has been announced, and stays.
 */
export function shownFacts(facts: EventFacts, poll: Poll): EventFacts {
  if (!areResultsHidden(poll)) return facts
  switch (facts.type) {
    case 'voted':
    case 'vote_counted':
      return { ...facts, choices: [] }
    case 'vote_changed':
      return { ...facts, from: [], to: [] }
    case 'vote_withdrawn':
      return { ...facts, from: [] }
    case 'guest_merged':
      return { ...facts, guestChoices: [], from: [], to: [] }
    case 'edited':
      return {
        ...facts,
        ...(facts.uncounted && { uncounted: facts.uncounted.map(withoutChoices) }),
        ...(facts.recounted && { recounted: facts.recounted.map(withoutChoices) }),
      }
    default:
      return facts
  }
}

function withoutChoices<T>(ballot: T): T & { choices: [] } {
  return { ...ballot, choices: [] }
}
