import type { PersonName } from '../../people/model/person-name.ts'
import type { Choices, NewOption, Receipt } from './poll.ts'
import type { PollRules } from './poll-rules.ts'

/** What somebody asks of a poll. `ifRevision` makes it conditional on the poll standing at that revision. */
export type Command = { by: PersonName; ifRevision?: number } & (
  | ({
      type: 'create'
      title: string
      description: string
      category: string
      /** The names or e-mail addresses of those who are to vote; all may without any. */
      roll?: readonly string[]
      optionsOpen: boolean
      /** ISO 8601. */
      closesAt?: string | null
      options: NewOption[]
    } & Partial<Omit<PollRules, 'hasRoll'>>)
  /**
   * `isSignedIn` when a chat vouches for them; without it they are a guest. `receipt` says which ballot of an anonymous
   * poll is theirs: a new one for the first vote, and the same for what they ask of it later. `shownRevision` is the
   * poll's revision that the voter saw: a vote is refused if the poll's title or that of a chosen option has changed since.
   */
  | { type: 'castVote'; choices: Choices; isSignedIn?: boolean; receipt?: Receipt; shownRevision?: number }
  /**
   * That this option is on one's ballot, or is not, whatever else is. In a ranking it is at this `place`, from 1, or,
   * without one, where it is, last if it is new there.
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
  /** Where options are moderated, anybody but the creator only proposes it. */
  | { type: 'addOption'; option: NewOption }
  /** All of them or none. */
  | { type: 'addOptions'; options: readonly NewOption[] }
  | { type: 'approveProposal'; optionId: string }
  /** By the creator, or by who made it. */
  | { type: 'dismissProposal'; optionId: string }
  /**
   * `isConfirmed` when the creator has been told that people have voted. Refused when the option was renamed after
   * `shownRevision`.
   */
  | { type: 'renameOption'; optionId: string; title: string; isConfirmed?: boolean; shownRevision?: number }
  | { type: 'comment'; body: string }
  /** `shown` is what the form showed of these fields: what was saved in one of them since is not overwritten. */
  | {
      type: 'edit'
      title?: string
      description?: string
      category?: string
      optionsOpen?: boolean
      votersSignedIn?: boolean
      /** ISO 8601; null takes back what was said. */
      closesAt?: string | null
      /** All times stay what the clock shows; the closing time, unless it is given. */
      timeZone?: string
      shown?: Partial<EditedFields>
    }
  /**
   * Who may vote from now on, as in `create`; only where a list was given then. `shown` is the list that the form showed:
   * what was saved since is kept. Without it, the list is replaced.
   */
  | { type: 'changeVoterList'; voters: readonly string[]; shown?: readonly string[] }
  | { type: 'close' }
  /** Asked by nobody, but when the time has come for which the creator has said so. */
  | { type: 'closeOnTime' }
  | { type: 'reopen' }
  | { type: 'archive' }
  | { type: 'unarchive' }
  | { type: 'delete' }
  /** Asked by nobody, but when somebody turns out to be who was a guest here (see `Merges`). */
  | { type: 'mergeGuest'; guest: PersonName }
  /** Asked by nobody, but when a guest has signed in whose ballot was set aside (see `SetAsideVotes`). */
  | { type: 'countVote' }
)

export type CommandOf<T extends Command['type']> = Extract<Command, { type: T }>

/** What an edit form shows of a poll; `closesAt` in ISO 8601. */
export type EditedFields = Required<
  Pick<CommandOf<'edit'>, 'title' | 'description' | 'category' | 'optionsOpen' | 'votersSignedIn'>
> & {
  closesAt: string | null
  timeZone: string | null
}
