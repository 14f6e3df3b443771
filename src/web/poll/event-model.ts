import { eventWords } from '../../chat/wording.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { PollEvent } from '../../polls/model/events.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { isActorHidden, shownFacts } from '../../polls/rules/visibility.ts'
import { shownTime } from '../time.ts'

/** Shown instead of an anonymous actor. It does not show whether they are a guest. */
const somebody: Pick<PersonName, 'name' | 'isSignedIn'> = { name: 'Somebody', isSignedIn: true }

/** An event as pages show it. @param poll its current state, which may hide results */
export function eventModel({ revision, actor, at, facts }: PollEvent, poll: Poll, now: Date) {
  return {
    revision,
    actor: isActorHidden(facts.type, poll) ? somebody : actor,
    type: facts.type,
    what: eventWords(shownFacts(facts, poll), poll),
    at: shownTime(at, now),
  }
}
