import { Refusal } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { EventFacts, EventType } from '../model/events.ts'
import type { Choices, Poll } from '../model/poll.ts'
import { areBallotsOpened } from './closing.ts'

/**
 * Whether the results are hidden from somebody who is not known to have voted (see `seenBy`). One's own vote and the
 * number of votes are never hidden.
 */
export function areResultsHidden(poll: Poll): boolean {
  if (poll.anonymous) return !areBallotsOpened(poll)
  return poll.resultsVisible !== 'always' && poll.status === 'open'
}

/** Whether a person's vote is hidden from others: until the results show, or always if the poll is anonymous. */
export function areVotesHidden(poll: Poll): boolean {
  return poll.anonymous || areResultsHidden(poll)
}

/**
 * A copy for display, in which results show if a viewer with these choices may see them. Choices are empty if the person
 * has not voted.
 */
export function seenBy(poll: Poll, choices: Choices): Poll {
  const maySee = poll.resultsVisible === 'after_voting' && choices.length > 0
  return maySee ? { ...poll, resultsVisible: 'always' } : poll
}

/** @throws {Refusal} `results_hidden` */
export function expectResults(poll: Poll): void {
  if (!areResultsHidden(poll)) return
  if (poll.status === 'open') throw new Refusal('results_hidden', `The results are hidden until ${untilWhen(poll)}.`)
  throw new Refusal('results_hidden', 'Too few people have voted to open the anonymous ballots.')
}

/** @throws {Refusal} `results_hidden`; `not_found` if the poll is anonymous */
export function expectVotes(poll: Poll): void {
  if (poll.anonymous) throw new Refusal('not_found', 'This poll is anonymous. Nobody sees who voted for what.')
  expectResults(poll)
}

/** @throws {Refusal} `results_hidden`; `not_found` if the poll is not anonymous */
export function expectPublishedBallots(poll: Poll): void {
  if (!poll.anonymous) {
    throw new Refusal('not_found', 'This poll is not anonymous. Its log shows who voted for what.')
  }
  expectResults(poll)
}

/** Continues "until" or "once". */
export function untilWhen({ resultsVisible }: Poll): string {
  return resultsVisible === 'after_voting' ? 'you have voted, or the poll is closed' : 'the poll is closed'
}

/** Whether the actor is hidden: a voter in an anonymous poll, or a guest who signs in there. */
export function isActorHidden(type: EventType, { anonymous }: Pick<Poll, 'anonymous'>): boolean {
  return type === 'secret_vote_cast' || type === 'secret_vote_withdrawn' || (anonymous && type === 'guest_merged')
}

/**
 * The facts of an event that others may see: without the choices on ballots while votes are hidden. The outcome of an
 * earlier closing was announced, and stays.
 */
export function shownFacts(facts: EventFacts, poll: Poll): EventFacts {
  if (!areVotesHidden(poll)) return facts
  switch (facts.type) {
    case 'voted':
    case 'vote_counted':
    case 'vote_set_aside':
    case 'vote_restored':
      return { ...facts, choices: [] }
    case 'vote_changed':
      return { ...facts, from: [], to: [] }
    case 'vote_withdrawn':
      return { ...facts, from: [] }
    case 'guest_merged':
      return { ...facts, guest: poll.anonymous ? somebody : facts.guest, guestChoices: [], from: [], to: [] }
    case 'option_removed': {
      // The ballots that named the option would show who voted for it.
      const { changed, changedAside, ...others } = facts
      return others
    }
    case 'voter_list_changed':
      return { ...facts, ...(facts.uncounted && { uncounted: facts.uncounted.map(withoutChoices) }) }
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

const somebody: PersonName = { id: '', name: 'somebody' }

function withoutChoices<T>(ballot: T): T & { choices: [] } {
  return { ...ballot, choices: [] }
}
