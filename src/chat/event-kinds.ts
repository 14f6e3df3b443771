import type { EventType, PollEvent } from '../polls/model/events.ts'

/** The kinds of events that a connection can choose. */
export const eventKinds = ['votes', 'comments', 'options', 'lifecycle'] as const
export type EventKind = (typeof eventKinds)[number]

const kinds: Record<EventType, EventKind> = {
  created: 'lifecycle',
  voted: 'votes',
  vote_changed: 'votes',
  vote_withdrawn: 'votes',
  secret_vote_cast: 'votes',
  secret_vote_withdrawn: 'votes',
  option_added: 'options',
  option_proposed: 'options',
  proposal_approved: 'options',
  proposal_dismissed: 'options',
  option_renamed: 'options',
  voter_list_changed: 'lifecycle',
  commented: 'comments',
  edited: 'lifecycle',
  closed: 'lifecycle',
  reopened: 'lifecycle',
  archived: 'lifecycle',
  unarchived: 'lifecycle',
  deleted: 'lifecycle',
  guest_merged: 'votes',
  vote_counted: 'votes',
}

export function kindOf({ facts }: PollEvent): EventKind {
  return kinds[facts.type]
}
