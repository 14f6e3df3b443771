import { entriesOf, type Gathered, lastOf, voteRuns } from '../../chat/gathered-votes.ts'
import { eventWords, voteWords } from '../../chat/wording.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { PollEvent } from '../../polls/model/events.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { PollQueries } from '../../polls/queries/poll-queries.ts'
import { isActorHidden, shownFacts } from '../../polls/rules/visibility.ts'
import { shownTime } from '../time.ts'

/** Entries of a poll's activity, newest first. Further ones end before the revision `older`, if there are any. */
export type EntryPage = { entries: readonly Gathered[]; older: number | undefined }

/**
 * Votes of different blocks of revisions are different entries. So every page of the activity has the same entries, and
 * reads few events.
 */
const blockSize = 50
/** For a page of fewer entries than asked for, as many votes were gathered. */
const maxBlocks = 5

/**
 * The entries that end before a revision, as of the poll's revision.
 *
 * @param after no event up to this revision has to be in an entry
 */
export async function entriesBefore(
  queries: Pick<PollQueries, 'events'>,
  poll: Poll,
  { before, limit, after = 0 }: { before: number; limit: number; after?: number },
): Promise<EntryPage> {
  const entries: Gathered[] = []
  let end = Math.min(before - 1, poll.revision)
  for (let blocks = 0; blocks < maxBlocks && end > after && entries.length <= limit; blocks++) {
    const start = end - ((end - 1) % blockSize)
    const last = Math.min(start + blockSize - 1, poll.revision)
    const newestFirst = await queries.events(poll.id, { before: last + 1, limit: last - start + 1 })
    const inBlock = entriesOf(newestFirst.toReversed(), poll).filter((entry) => endOf(entry) < before)
    entries.push(...inBlock.toReversed())
    end = start - 1
  }
  return firstOf({ entries, older: end > 0 ? end + 1 : undefined }, limit)
}

/** The page with at most this many entries. */
export function firstOf({ entries, older }: EntryPage, limit: number): EntryPage {
  const shown = entries.slice(0, limit)
  const last = shown.at(-1)
  return { entries: shown, older: last && entries.length > shown.length ? endOf(last) : older }
}

/** The revision of the last event. */
export function endOf(entry: readonly PollEvent[]): number {
  return entry.at(-1)?.revision ?? 0
}

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
