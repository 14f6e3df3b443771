import type { PersonName } from '../../people/model/person-name.ts'
import type { PollRules } from './poll-rules.ts'

export type PollStatus = 'open' | 'closed'

/**
 * `votes` counts the ballots that name this option. In a ranking: those that name it first. In a poll of points: its
 * points. For a date: the ballots that say yes, and `maybes` those that say if need be. `maybes` is 0 elsewhere. Options
 * have the order in which they were added; dates are sorted by time.
 */
export type PollOption = {
  id: string
  title: string
  /** Its title when people had voted, if it was renamed since; else null. */
  formerTitle: string | null
  /** The revision that gave it this title, if it was renamed; else null. */
  renamedAtRevision: number | null
  votes: number
  maybes: number
  addedById: string
}

/** An option that waits for the creator's approval. An approved one keeps its id. */
export type Proposal = { id: string; title: string; proposedById: string }

/**
 * An entry of a voter list. `name` is a name or an e-mail address, also as in `Ann Lee <ann@example.org>`. `personId` is
 * the person who has voted by this entry. `key` is its primary key within the poll (see `voterListKey`).
 */
export type VoterListEntry = { key: string; name: string; personId: string | null }

/**
 * All entries in the order in which the creator named them. `people` are the commands' authors, by person id; also
 * everybody who has voted if the list is about to change.
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
  /** The title when people had voted, if it was changed since; else null. */
  formerTitle: string | null
  /** The revision that last changed a rule under which people vote (see `votingRules`); 1 if none did. */
  rulesRevision: number
  /** Plain text; may be empty. */
  description: string
  /** A short label, as it was typed; empty without one. Compared by `categoryKey`. */
  category: string
  /** In the order in which they were made. */
  proposals: Proposal[]
  options: PollOption[]
  /** The number of people who voted. */
  totalVotes: number
  totalComments: number
  createdBy: PersonName
  createdAt: Date
  lastActivityAt: Date
  /** The closing time; null without one. */
  closesAt: Date | null
  closedAt: Date | null
  /** The outcome of a closed ranking, which takes all ballots to count; null otherwise. */
  outcome: Outcome | null
  /** The date on which the creator of a closed poll of dates settled; null without one. */
  settledOptionId: string | null
  /** When people who have not voted were last reminded; null if never. */
  remindedAt: Date | null
  archivedAt: Date | null
  deletedAt: Date | null
}

/** Points in a poll of points. */
export type Points = 0 | 1 | 2 | 3 | 4 | 5
/** An answer in a poll of dates. */
export type Availability = 'yes' | 'if_need_be' | 'no'
export type Grade = Points | Availability

/** An option that a ballot names. Only polls of points and of dates have grades (see `isGradedFor`). */
export type Choice = { readonly optionId: string; readonly grade?: Grade }

/** What is on a ballot, in the poll's order; in a ranking, the best first. See `choices/choice-text.ts` for their text. */
export type Choices = readonly Choice[]

/**
 * `revision` is the number of the event that cast it. A guest's ballot is set aside (not `counted`) when the poll is
 * limited to people who have signed in, until the guest signs in or guests may vote again.
 */
export type Ballot = {
  readonly choices: Choices
  readonly revision: number
  readonly counted: boolean
  /** Why the creator set it aside. Then only the creator can make it count again. */
  readonly setAsideReason?: string
  /** The title of an option that was removed from it. Without choices it is no vote, and not `counted`. */
  readonly removedOption?: string
}

/** What the creator did to a person's ballot, for that person. `hasVote`: other choices are left on it. */
export type BallotNotice =
  | { kind: 'option_removed'; title: string; hasVote: boolean }
  | { kind: 'set_aside'; reason: string }

/**
 * Two digests of the code that only the voter has: `lookup` finds a ballot of an anonymous poll, `hash` is published with
 * it (see `receiptOf`).
 */
export type Receipt = { readonly lookup: string; readonly hash: string }

/** A ballot of an anonymous poll, with the hash of its receipt. */
export type AnonymousBallot = { readonly hash: string; readonly choices: Choices }

/** Ballots of an anonymous poll by `lookup`: those that the batch needs, or all. */
export type AnonymousBallots = Map<string, AnonymousBallot>

/** What all ballots of an anonymous poll give each option, by its id. */
export type AnonymousCount = {
  votes: Map<string, number>
  maybes: Map<string, number>
  rankingCounts: RankingCounts | undefined
}

/** How many counted ballots have each ranking. The keys are option ids, best first, with spaces between. */
export type RankingCounts = Map<string, number>

/** The outcome of a ranking with these options, whose stored ballots a batch has changed like this. */
export type CountedRanking = { optionIds: readonly string[]; changes: RankingCounts; outcome: Outcome }

/** A comment, by its author's id. A merged guest's comment is the other person's. */
export type StoredComment = { readonly authorId: string; readonly body: string }

/**
 * A poll, and what else the rules need to decide a batch's commands.
 *
 * - `ballots`, by person id: those that the commands may change. In an anonymous poll they only show who has voted.
 * - `anonymousBallots`: loaded to vote in an anonymous poll; all of them if the poll may close. `anonymousCount` is then
 *   their count. It was made while they were read, as all at once would take too long.
 * - `rankingCounts`: of a ranking. With `countedBefore`, only how many more, or less, there are than stored ballots.
 * - `countedBefore`: the outcomes that were counted before the batch, as that takes too long within its transaction.
 * - `guests`: the people who have not signed in with a chat, among those with a ballot or a command. Loaded if an edit
 *   changes `votersSignedIn`.
 * - `notPostedTo`: of a poll that is being created, the chat connections that must not get it.
 * - `voterList`: loaded to vote in a poll that has one. The log never holds it, as it may hold e-mail addresses.
 * - `comments`, by the revision of their events: those that the commands edit or delete.
 */
export type PollState = {
  poll: Poll
  ballots: Map<string, Ballot>
  rankingCounts?: RankingCounts | undefined
  countedBefore?: readonly CountedRanking[] | undefined
  guests?: ReadonlySet<string> | undefined
  anonymousBallots?: AnonymousBallots | undefined
  anonymousCount?: AnonymousCount | undefined
  notPostedTo?: readonly string[] | undefined
  voterList?: VoterList | undefined
  comments?: Map<number, StoredComment> | undefined
}

/**
 * The result of a count. `options` are ids: one for a winner, several for a tie, else none. `votes` is the count of each
 * of them: points in a poll of points, people who can come for a date. In a ranking, it is the winner's votes in the last
 * round of the count that is shown.
 */
export type Outcome = { kind: OutcomeKind; options: string[]; votes: number }

/**
 * `no_quorum`: fewer people voted than the quorum. `no_support`: no ballot gives any option a vote or a point.
 * `undecided`: a ranking has too many ties to follow every count.
 */
export type OutcomeKind = 'winner' | 'tie' | 'no_votes' | 'no_quorum' | 'no_support' | 'undecided'

export type NewOption = { id: string; title: string }

/** How many people have not voted. In an anonymous poll nobody is named: that would show who has voted. */
export type NonVoters = { people: number; names: string[] }
