import type { EventFacts } from '../polls/model/events.ts'
import { listed, type Phrase } from '../polls/model/phrases.ts'
import type { NonVoters, Poll } from '../polls/model/poll.ts'
import type { VoteRun } from './gathered-votes.ts'
import { editWords, guestVotes, movedWords, people } from './wording.ts'

// What the thread of a poll says in any chat. Each chat makes its own markup of it.

type Edit = Extract<EventFacts, { type: 'edited' }>

/** More people are only counted. */
const maxNamed = 5

/** How many voted in a closed poll. */
export function turnout({ totalVotes, electorate }: Poll): string {
  if (electorate === null) return `${people(totalVotes)} voted`
  return `${totalVotes.toLocaleString('en')} of ${people(electorate)} voted`
}

/** Where the poll leaves the connection by the changes, the title says so. */
export function editTitle({ category }: Edit, movedAway: boolean): Phrase[] {
  return movedAway && category ? movedWords(category) : [{ text: 'edited the poll' }]
}

/** A line for each change. */
export function editLines(facts: Edit, poll: Poll): Phrase[][] {
  return [...editWords(facts, poll), ...guestVotes(facts).map((text) => [{ text }])]
}

/** One line, or none where nobody is named. @param shown makes a name ready to be shown */
export function notVotedYet({ people: count, names }: NonVoters, shown: (name: string) => string): string[] {
  if (names.length === 0) return []
  const others = count - names.length
  return [`Not voted yet: ${listed.format([...names.map(shown), ...(others > 0 ? [`${others} more`] : [])])}.`]
}

/** The people of a message of votes who are named, and a line that counts the others. */
export function namedRuns(runs: readonly VoteRun[]): { named: readonly VoteRun[]; unnamed: string[] } {
  const others = runs.length - maxNamed
  return { named: runs.slice(0, maxNamed), unnamed: others > 0 ? [`and ${people(others, 'more ')}`] : [] }
}
