import type { PersonName } from '../../people/model/person-name.ts'
import type { Choices, NewOption, Outcome } from './poll.ts'
import type { LoggedRules } from './poll-rules.ts'

/** Somebody's ballot that was set aside, counts again, or does not count any more. */
export type GuestBallot = { personId: string; choices: Choices }

/** What ballots give to each option, in the poll's order. */
export type Tally = { id: string; votes: number; maybes: number }[]

/** Why a poll closes by itself before its time: all have voted, or nobody's vote can change the result any more. */
export type Early = 'all_voted' | 'decided'

export type Change<T> = { from: T; to: T }

/** What happened, without its number, author and time. */
export type EventFacts =
  | ({
      type: 'created'
      title: string
      description: string
      /** Left out without one, as in what was created before there were categories. */
      category?: string
      optionsOpen: boolean
      /** ISO 8601; left out unless it closes by itself. */
      closesAt?: string
      options: NewOption[]
    } & LoggedRules)
  | { type: 'voted'; choices: Choices }
  | { type: 'vote_changed'; from: Choices; to: Choices }
  | { type: 'vote_withdrawn'; from: Choices }
  /** In an anonymous poll. That a ballot there is changed is no event: even that may say something of what is on it. */
  | { type: 'secret_vote_cast' }
  | { type: 'secret_vote_withdrawn' }
  | { type: 'option_added'; option: NewOption }
  | { type: 'option_proposed'; option: NewOption }
  /** The option is who proposed it’s. */
  | { type: 'proposal_approved'; option: NewOption }
  | { type: 'proposal_dismissed'; option: NewOption }
  | { type: 'option_renamed'; optionId: string; from: string; to: string }
  | { type: 'commented'; body: string }
  | {
      type: 'edited'
      title?: Change<string>
      description?: Change<string>
      category?: Change<string>
      optionsOpen?: Change<boolean>
      votersSignedIn?: Change<boolean>
      closesAt?: Change<string | null>
      timeZone?: Change<string | null>
      /** Options and proposals, whose titles are at another time in that zone; left out without any. */
      movedDates?: ({ id: string } & Change<string>)[]
      /** The ballots of guests, which are set aside when only others may vote; left out when there are none. */
      uncounted?: GuestBallot[]
      /** Those that were set aside, when guests may vote again; left out when there are none. */
      recounted?: GuestBallot[]
    }
  /**
   * How many are on the list; the names are no part of the log. `uncounted` are ballots of people who are not on it any
   * more: they are gone. Left out when there are none.
   */
  | { type: 'voter_list_changed'; voters: Change<number>; uncounted?: GuestBallot[] }
  /**
   * By itself at the time that the actor had said, when `onTime`, or when no more votes are to come, when `early`.
   * `tally` says what the ballots of an anonymous poll give to each option; left out where they are not opened.
   */
  | { type: 'closed'; outcome: Outcome; onTime?: boolean; early?: Early; tally?: Tally }
  | { type: 'reopened' }
  | { type: 'archived' }
  | { type: 'unarchived' }
  | { type: 'deleted' }
  /**
   * What was the guest's is the actor's from now on: the poll, the options, the ballot. `guestChoices` were on the
   * guest's ballot, and did not count if that was `setAside`; `from` counted on the actor's own, and `to` counts on the
   * one that is left: the newer. Empty without a ballot.
   */
  | {
      type: 'guest_merged'
      guest: PersonName
      guestChoices: Choices
      /** Left out unless it is so. */
      setAside?: boolean
      from: Choices
      to: Choices
    }
  /** What somebody voted as a guest counts again, as they have signed in. */
  | { type: 'vote_counted'; choices: Choices }

export type EventType = EventFacts['type']

/** An entry of a poll's log. */
export type PollEvent = { revision: number; actor: PersonName; at: Date; facts: EventFacts }
