import type { PersonName } from '../../people/model/person-name.ts'
import type { Choices, NewOption, Outcome } from './poll.ts'
import type { EditableRule, LoggedRules, PollRules } from './poll-rules.ts'

/** A ballot that an event changes, sets aside, counts again or deletes. */
export type GuestBallot<C = Choices> = { personId: string; choices: C }

/** The counts of each option, in the poll's order. */
export type Tally = { id: string; votes: number; maybes: number }[]

/**
 * The chat's room in whose thread a comment was written, the connection that read it, and the chat's id of the message,
 * unique in the chat. A message becomes one comment.
 */
export type CommentOrigin = CommentPlace & { message: string }
/** Where a comment was written, edited or deleted, if not here. */
export type CommentPlace = CommentRoom & { connectionId: string }
export type CommentRoom = { chat: string; room: string }

/** Why a poll closes early: all expected voters have voted, or no further vote can change the result. */
export type Early = 'all_voted' | 'decided'

export type Change<T> = { from: T; to: T }

/** An event without its revision, actor and time. */
export type EventFacts = FactsWith<Choices>

/** `C` are the choices of a ballot: see `event-text.ts`. */
export type FactsWith<C> =
  | ({
      type: 'created'
      title: string
      description: string
      /** Left out without one. */
      category?: string
      optionsOpen: boolean
      /** ISO 8601; left out without a closing time. */
      closesAt?: string
      options: NewOption[]
    } & LoggedRules)
  | { type: 'voted'; choices: C }
  | { type: 'vote_changed'; from: C; to: C }
  | { type: 'vote_withdrawn'; from: C }
  /** In an anonymous poll. A changed ballot is no event there, as even that may reveal what is on it. */
  | { type: 'secret_vote_cast' }
  | { type: 'secret_vote_withdrawn' }
  | { type: 'option_added'; option: NewOption }
  | { type: 'option_proposed'; option: NewOption }
  /** The proposer becomes the author of the option. */
  | { type: 'proposal_approved'; option: NewOption }
  | { type: 'proposal_dismissed'; option: NewOption }
  | { type: 'option_renamed'; optionId: string; from: string; to: string }
  /**
   * `changed` are the ballots that named the option, as they were, and `changedAside` those that did not count; each left
   * out without any. One without another choice is no vote any more.
   */
  | { type: 'option_removed'; option: NewOption; changed?: GuestBallot<C>[]; changedAside?: GuestBallot<C>[] }
  /** The log never holds a comment's text: `body` is the comment as it is now, and null once it is deleted. */
  /** `from` is left out for a comment that was written here. */
  | { type: 'commented'; body: string | null; from?: CommentOrigin }
  /** `comment` is the revision of its `commented` event. */
  | { type: 'comment_edited'; comment: number; body: string | null; from?: CommentPlace }
  | { type: 'comment_deleted'; comment: number; from?: CommentPlace }
  | ({
      type: 'edited'
      title?: Change<string>
      description?: Change<string>
      category?: Change<string>
      closesAt?: Change<string | null>
      /** Options and proposals that the new zone moves to another time; left out without any. */
      movedDates?: ({ id: string } & Change<string>)[]
      /** Guests' ballots that are set aside, as guests may not vote any more; left out without any. */
      uncounted?: GuestBallot<C>[]
      /** Guests' ballots that count again, as guests may vote again; left out without any. */
      recounted?: GuestBallot<C>[]
    } & { [Name in EditableRule]?: Change<PollRules[Name]> })
  /**
   * `voters` are numbers: the log never holds the names. `uncounted` are deleted ballots of people who are no longer on
   * the list; left out without any.
   */
  | { type: 'voter_list_changed'; voters: Change<number>; uncounted?: GuestBallot<C>[] }
  /**
   * `onTime`: at the closing time that the actor set. `early`: as no further vote can matter. `tally`: the counts of an
   * anonymous poll, with which its ballots are published; left out elsewhere.
   */
  | { type: 'closed'; outcome: Outcome; onTime?: boolean; early?: Early; tally?: Tally }
  /** The creator chose this date of a closed poll of dates. The counted outcome stays. */
  | { type: 'settled'; option: NewOption }
  /** `people` have not voted. `onTime`: at the set time before closing. The log names nobody. */
  | { type: 'reminded'; people: number; onTime?: boolean }
  | { type: 'reopened' }
  | { type: 'archived' }
  | { type: 'unarchived' }
  | { type: 'deleted' }
  /**
   * The guest signed in as the actor, or opened the actor's private link. The actor takes over the guest's poll, options
   * and ballot. `guestChoices` were on the guest's ballot, which did not count if it was `setAside`. `from` counted on the
   * actor's own ballot. `to` counts on the one that stays: the newer. Empty without a ballot.
   */
  | {
      type: 'guest_merged'
      guest: PersonName
      guestChoices: C
      /** Left out if false. */
      setAside?: boolean
      from: C
      to: C
    }
  /** By the creator. The log holds the voter's id. */
  | { type: 'vote_set_aside'; voter: PersonName; choices: C; reason: string }
  | { type: 'vote_restored'; voter: PersonName; choices: C }
  /** A ballot that was set aside counts, as the guest has signed in. */
  | { type: 'vote_counted'; choices: C }

export type EventType = EventFacts['type']

export type AboutComment = Extract<EventFacts, { type: 'commented' | 'comment_edited' | 'comment_deleted' }>

export function isAboutComment(facts: EventFacts): facts is AboutComment {
  return facts.type === 'commented' || facts.type === 'comment_edited' || facts.type === 'comment_deleted'
}

/** An entry of a poll's log. */
export type PollEvent = { revision: number; actor: PersonName; at: Date; facts: EventFacts }
