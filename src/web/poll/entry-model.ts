import { type Gathered, lastOf, voteRuns } from '../../chat/gathered-votes.ts'
import { eventWords, voteWords } from '../../chat/wording.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { isActorHidden, shownFacts } from '../../polls/rules/visibility.ts'
import { shownTime } from '../time.ts'

/** Shown instead of an anonymous actor. It does not show whether they are a guest. */
const somebody: Pick<PersonName, 'name' | 'isSignedIn'> = { name: 'Somebody', isSignedIn: true }

/** An entry of the activity as pages show it. @param poll its current state, which may hide results */
export function entryModel(entry: Gathered, poll: Poll, now: Date) {
  const [first] = entry
  const { actor, at, facts } = entry.at(-1) ?? first
  const [run] = entry.length > 1 ? voteRuns(entry) : []
  return {
    /** The same when the entry grows. */
    id: `event-${first.revision}`,
    actor: isActorHidden(facts.type, poll) ? somebody : actor,
    type: facts.type,
    what: run ? voteWords(poll, run.from, run.to) : eventWords(shownFacts(facts, poll), poll),
    more: run ? lastOf(run.events) : undefined,
    at: shownTime(at, now),
  }
}
