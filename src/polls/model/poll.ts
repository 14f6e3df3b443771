import type { PersonName } from '../../people/model/person-name.ts'
import type { PollRules } from './poll-rules.ts'

export type PollStatus = 'open' | 'closed'

/**
 * `votes` counts the ballots that name this option; in a ranking, those that name it first, and in a poll of scores the
 * points that they give it. Of a date, they say yes, and `maybes` if need be; else there are none of these. Options
 * stand in the order in which they were added, and dates in that of time.
 */
export type PollOption = {
  id: string
  title: string
  /** What it was called when people had voted, if it was renamed since; else null. */
  formerTitle: string | null
  /** The revision that gave it this title, if it was renamed; else null. */
  renamedAtRevision: number | null
  votes: number
  maybes: number
  addedById: string
}

/** An option that waits for the creator to approve it, under the id that it has then. */
export type Proposal = { id: string; title: string; proposedById: string }

/**
 * Somebody who may vote, by the name that they bear here or an e-mail address, which a name may stand before; `personId`
 * is who has voted as them. `key` is what it is stored under (see `rollKey`).
 */
export type VoterListEntry = { key: string; name: string; personId: string | null }

/**
 * All who may vote, in the order in which they were named; with what is known of those who are about to, by person id.
 * Where the list is about to change, also of those who have voted.
 */
export type VoterList = {
  entries: VoterListEntry[]
  people: ReadonlyMap<string, PersonName & { emails: readonly string[] }>
}

/** A poll at one revision. */
export type Poll = PollRules & {
  /** Opaque: 16 lower-case letters and digits (`newPollId`). */
  id: string
  /** The number of the poll's latest event; 1 when it has just been created. */
  revision: number
  status: PollStatus
  title: string
  /** The revision that gave it this title. */
  titleRevision: number
  /** Plain text; may be empty. */
  description: string
  /** A short label, as it was typed; empty without one. `categoryKey` says which are the same. */
  category: string
  /** In the order in which they were made. */
  proposals: Proposal[]
  options: PollOption[]
  /** Ballots, which is people who voted. */
  totalVotes: number
  totalComments: number
  createdBy: PersonName
  createdAt: Date
  lastActivityAt: Date
  /** When it closes by itself, while it is open; null when nobody has said. */
  closesAt: Date | null
  closedAt: Date | null
  /** What the count said when it was closed, where that takes all ballots; else, and while it is open, null. */
  outcome: Outcome | null
  archivedAt: Date | null
  deletedAt: Date | null
}

/**
 * The ids of the options that a ballot names, in the poll's order; in a ranking, the best first. In a poll of scores
 * each is followed by its points, in one of dates by whether the voter can (see `optionOf`, `scoreOf`,
 * `availabilityOf`).
 */
export type Choices = readonly string[]

/**
 * `revision` is of the event that cast it. It is not counted while it is a guest's in a poll that was limited to people
 * who have signed in: it is set aside until they do, or until guests may vote again.
 */
export type Ballot = { readonly choices: Choices; readonly revision: number; readonly counted: boolean }

/**
 * What finds the ballot of an anonymous poll, and what it is published under; both are digests of a code that only the
 * voter has (see `receiptOf`).
 */
export type Receipt = { readonly lookup: string; readonly hash: string }

/** A ballot of an anonymous poll, with the hash of its receipt. */
export type AnonymousBallot = { readonly hash: string; readonly choices: Choices }

/** Ballots of an anonymous poll, by their receipts' `lookup`: those that the commands at hand concern, or all. */
export type AnonymousBallots = Map<string, AnonymousBallot>

/**
 * How many of the ballots that count say each ranking, which is a list of option ids, best first, with spaces between.
 */
export type RankingCounts = Map<string, number>

/**
 * A poll with those of its ballots that the commands at hand concern, by person id; in an anonymous poll they say
 * nothing but who has voted, and what was voted is among `secretBallots`, of which all are known when it may be about
 * to close. `profile` is only known of a ranking that may be about to close. `guests` says which people have not signed
 * in with a chat, of those with a ballot and those about to cast one; only known where who may vote changes. `roll` is
 * known where there is one, and somebody is about to vote. It is no part of the log, as it may hold addresses.
 */
export type PollState = {
  poll: Poll
  ballots: Map<string, Ballot>
  rankingCounts?: RankingCounts | undefined
  guests?: ReadonlySet<string> | undefined
  anonymousBallots?: AnonymousBallots | undefined
  voterList?: VoterList | undefined
}

/**
 * What the count says. `options` are ids: one of a winner, several of a tie, else none. `votes` is the count of each; in
 * a poll of scores the points, and of a date how many can come. In a ranking, it is what the winner of the count that is
 * shown has in its last round.
 */
export type Outcome = { kind: OutcomeKind; options: string[]; votes: number }

/**
 * Without a winner: nobody voted, fewer people voted than the quorum, all who voted gave nothing to every option
 * (`no_support`), or a ranking has too many ties to follow every count (`undecided`).
 */
export type OutcomeKind = 'winner' | 'tie' | 'no_votes' | 'no_quorum' | 'no_support' | 'undecided'

export type NewOption = { id: string; title: string }
