import type { PersonName } from '../../people/model/person-name.ts'
import type { CommentOrigin, CommentPlace } from './events.ts'
import type { Choices, NewOption, Receipt } from './poll.ts'
import type { EditableRules, PollRules } from './poll-rules.ts'

/** A request to change a poll. With `ifRevision`, it is refused unless the poll is at that revision. */
export type Command = { by: PersonName; ifRevision?: number } & (
  | ({
      type: 'create'
      title: string
      description: string
      category: string
      /** The voter list: names or e-mail addresses. Without it, everybody may vote. */
      roll?: readonly string[]
      optionsOpen: boolean
      /** The ids of chat connections that would get the poll, and must not. */
      notPostedTo?: readonly string[]
      /** ISO 8601. */
      closesAt?: string | null
      options: NewOption[]
    } & Partial<Omit<PollRules, 'hasRoll'>>)
  /**
   * `isSignedIn`: the voter has signed in with a chat; without it, they are a guest. `receipt` identifies their ballot in
   * an anonymous poll: a new receipt for the first vote, the same one later. `shownRevision` is the revision that the
   * voter saw: the vote is refused if the poll's title, or that of a chosen option, has changed since. A page asks before
   * it casts a final vote: `confirmed` is the `finalVoteKey` of what the voter confirmed, or empty.
   */
  | {
      type: 'castVote'
      choices: Choices
      isSignedIn?: boolean
      receipt?: Receipt
      shownRevision?: number
      confirmed?: string
    }
  /**
   * Puts one option on the ballot, or takes it off, and leaves the others. In a ranking, `place` counts from 1. Without
   * it, the option keeps its place, or becomes the last.
   */
  | {
      type: 'chooseOption'
      optionId: string
      isChosen: boolean
      place?: number
      isSignedIn?: boolean
      receipt?: Receipt
      shownRevision?: number
    }
  | { type: 'withdrawVote'; receipt?: Receipt }
  /** Where options are moderated, only the creator adds one; others propose it. */
  | { type: 'addOption'; option: NewOption }
  /** All of them or none. */
  | { type: 'addOptions'; options: readonly NewOption[] }
  | { type: 'approveProposal'; optionId: string }
  /** For the creator, and for the proposer. */
  | { type: 'dismissProposal'; optionId: string }
  /** Once people have voted, `isConfirmed` is required. Refused if the option was renamed after `shownRevision`. */
  | { type: 'renameOption'; optionId: string; title: string; isConfirmed?: boolean; shownRevision?: number }
  /** If people have voted for it, `isConfirmed` is required. */
  | { type: 'removeOption'; optionId: string; isConfirmed?: boolean }
  /** The vote does not count any more. */
  | { type: 'setVoteAside'; voter: PersonName; reason: string }
  /** A vote that the creator set aside counts again. */
  | { type: 'restoreVote'; voter: PersonName }
  | { type: 'comment'; body: string; from?: CommentOrigin }
  /** For its author. `comment` is the revision of its event. */
  | { type: 'editComment'; comment: number; body: string; from?: CommentPlace }
  /** For its author, and for the poll's creator. */
  | { type: 'deleteComment'; comment: number; from?: CommentPlace }
  /** `shown` are the values that the form showed. A field that somebody else changed since is not overwritten. */
  | ({
      type: 'edit'
      title?: string
      description?: string
      category?: string
      /** ISO 8601; null removes the closing time. */
      closesAt?: string | null
      /** All times keep what the clock shows, so their instants change; except a `closesAt` that is given. */
      timeZone?: string
      shown?: Partial<EditedFields>
      /** Once people have voted, a new title requires it. */
      isConfirmed?: boolean
    } & Partial<Omit<EditableRules, 'timeZone'>>)
  /**
   * The new voter list; refused in a poll that was created without one. With `shown`, the list that the form showed,
   * changes that were saved since are kept. Without it, the list is replaced.
   */
  | { type: 'changeVoterList'; voters: readonly string[]; shown?: readonly string[] }
  | { type: 'close' }
  /** Settles on one of a poll's dates, also in a tie. This closes an open poll. */
  | { type: 'settle'; optionId: string }
  /** Submitted by a job at the closing time. */
  | { type: 'closeOnTime' }
  /** `people` have not voted (see `NonVoterQueries`). */
  | { type: 'remind'; people: number }
  /** Submitted by a job at the set time before closing. */
  | { type: 'remindOnTime'; people: number }
  | { type: 'reopen' }
  | { type: 'archive' }
  | { type: 'unarchive' }
  | { type: 'delete' }
  /** Submitted when a guest signs in as another person (see `Merges`). */
  | { type: 'mergeGuest'; guest: PersonName }
  /** Submitted when a guest whose ballot was set aside has signed in (see `SetAsideVotes`). */
  | { type: 'countVote' }
)

export type CommandOf<T extends Command['type']> = Extract<Command, { type: T }>

/** The fields of an edit form; `closesAt` in ISO 8601. */
export type EditedFields = Required<Pick<CommandOf<'edit'>, 'title' | 'description' | 'category'>> & {
  closesAt: string | null
} & EditableRules
