import type { EventFacts, FactsWith, GuestBallot } from '../events.ts'
import { formatChoices, parseChoices } from './choice-text.ts'

/** An event's facts with choices as text: as the database stores them, and the API sends them. */
export type FactsAsText = FactsWith<readonly string[]>

export function formatFacts(facts: EventFacts): FactsAsText {
  return converted(facts, formatChoices)
}

export function parseFacts(facts: FactsAsText): EventFacts {
  return converted(facts, parseChoices)
}

/** The facts with other choices. `tsc` fails here when an event with choices is left out. */
function converted<A, B>(facts: FactsWith<A>, convert: (choices: A) => B): FactsWith<B> {
  const ballots = (all: GuestBallot<A>[]): GuestBallot<B>[] =>
    all.map(({ personId, choices }) => ({ personId, choices: convert(choices) }))
  switch (facts.type) {
    case 'voted':
    case 'vote_counted':
    case 'vote_set_aside':
    case 'vote_restored':
      return { ...facts, choices: convert(facts.choices) }
    case 'vote_changed':
      return { ...facts, from: convert(facts.from), to: convert(facts.to) }
    case 'vote_withdrawn':
      return { ...facts, from: convert(facts.from) }
    case 'guest_merged': {
      const { guestChoices, from, to } = facts
      return { ...facts, guestChoices: convert(guestChoices), from: convert(from), to: convert(to) }
    }
    case 'option_removed': {
      const { changed, changedAside, ...others } = facts
      return {
        ...others,
        ...(changed && { changed: ballots(changed) }),
        ...(changedAside && { changedAside: ballots(changedAside) }),
      }
    }
    case 'edited': {
      const { uncounted, recounted, ...others } = facts
      return {
        ...others,
        ...(uncounted && { uncounted: ballots(uncounted) }),
        ...(recounted && { recounted: ballots(recounted) }),
      }
    }
    case 'voter_list_changed': {
      const { uncounted, ...others } = facts
      return { ...others, ...(uncounted && { uncounted: ballots(uncounted) }) }
    }
    default:
      return facts
  }
}
