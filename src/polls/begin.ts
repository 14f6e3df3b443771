import type { PollEvent } from './events.ts'
import type { NewOption, Poll, PollOption, PollState } from './types.ts'

/** The state that a poll's first event, `created`, brings about. */
export function begin(pollId: string, { actor, at, facts }: PollEvent): PollState {
  if (facts.type !== 'created') throw new TypeError(`A log begins with "created", not "${facts.type}".`)
  const poll: Poll = {
    id: pollId,
    revision: 1,
    status: 'open',
    title: facts.title,
    titleRevision: 1,
    description: facts.description,
    category: facts.category ?? '',
    method: facts.method ?? 'single_choice',
    maxChoices: facts.maxChoices ?? null,
    resultsVisible: facts.resultsVisible ?? 'always',
    quorum: facts.quorum ?? null,
    votesFinal: facts.votesFinal ?? false,
    timeZone: facts.timeZone ?? null,
    capacity: facts.capacity ?? null,
    electorate: facts.electorate ?? null,
    hasRoll: facts.hasRoll ?? false,
    optionsOpen: facts.optionsOpen,
    optionsModerated: facts.optionsModerated ?? false,
    proposals: [],
    votersSignedIn: facts.votersSignedIn ?? false,
    anonymous: facts.anonymous ?? false,
    options: facts.options.map((option) => newOption(option, actor.id)),
    totalVotes: 0,
    totalComments: 0,
    createdBy: actor,
    createdAt: at,
    lastActivityAt: at,
    closesAt: facts.closesAt ? new Date(facts.closesAt) : null,
    closedAt: null,
    outcome: null,
    archivedAt: null,
    deletedAt: null,
  }
  const profile = poll.method === 'ranked' && !poll.anonymous ? new Map() : undefined
  return { poll, ballots: new Map(), profile, secretBallots: poll.anonymous ? new Map() : undefined }
}

export function newOption(option: NewOption, addedById: string): PollOption {
  return { ...option, formerTitle: null, renamedAtRevision: null, votes: 0, maybes: 0, addedById }
}
