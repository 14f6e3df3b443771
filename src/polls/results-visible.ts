import { Refusal } from '../errors.ts'
import type { EventFacts, Poll } from './types.ts'

/** Whether what people voted is kept from everybody for now, but for their own vote and how many have voted. */
export function areResultsHidden({ resultsVisible, status }: Pick<Poll, 'resultsVisible' | 'status'>): boolean {
  return resultsVisible === 'after_closing' && status === 'open'
}

/** @throws {Refusal} `results_hidden` */
export function expectResults(poll: Poll): void {
  if (areResultsHidden(poll)) throw new Refusal('results_hidden', 'The results are hidden until the poll is closed.')
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
