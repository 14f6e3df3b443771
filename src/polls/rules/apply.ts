import type { PersonName } from '../../people/model/person-name.ts'
import { finalOutcome } from '../counting/methods.ts'
import { sameChoices, withoutOption } from '../model/choices/choices.ts'
import { inOrderOfTime } from '../model/dates.ts'
import type { Change, EventFacts, PollEvent } from '../model/events.ts'
import type { Poll, PollOption, PollState, Proposal } from '../model/poll.ts'
import { editableRules } from '../model/poll-rules.ts'
import { areBallots, count, countedChoices, survivingBallot } from './apply-vote.ts'
import { newOption } from './creation.ts'
import { areVotingRulesChanged } from './editing/rule-changes.ts'

/** Applies the log's next event to `state`, in place. Replaying the whole log gives the current poll. */
export function apply(state: PollState, { facts, actor, at, revision }: PollEvent): void {
  const { poll, ballots } = state
  if (revision !== poll.revision + 1) {
    throw new RangeError(`Event ${revision} does not follow revision ${poll.revision}.`)
  }
  poll.revision = revision
  poll.lastActivityAt = at
  switch (facts.type) {
    case 'created':
      throw new TypeError('"created" can only be the first event of a log.')
    case 'voted':
      count(state, [], facts.choices)
      ballots.set(actor.id, { choices: facts.choices, revision, counted: true })
      return
    case 'vote_counted':
      count(state, [], facts.choices)
      mark(ballots, actor.id, true)
      return
    case 'vote_changed':
      count(state, facts.from, facts.to)
      ballots.set(actor.id, { choices: facts.to, revision, counted: true })
      return
    case 'vote_withdrawn':
      count(state, facts.from, [])
      ballots.delete(actor.id)
      return
    case 'secret_vote_cast':
      poll.totalVotes += 1
      ballots.set(actor.id, { choices: [], revision, counted: true })
      return
    case 'secret_vote_withdrawn':
      poll.totalVotes -= 1
      ballots.delete(actor.id)
      return
    case 'option_added':
      addOption(poll, newOption(facts.option, actor.id))
      return
    case 'option_proposed':
      poll.proposals.push({ ...facts.option, proposedById: actor.id })
      return
    case 'proposal_approved':
      addOption(poll, newOption(facts.option, takeProposal(poll, facts.option.id).proposedById))
      return
    case 'proposal_dismissed':
      takeProposal(poll, facts.option.id)
      return
    case 'option_renamed':
      rename(state, facts)
      return
    case 'option_removed':
      removeOption(state, facts)
      return
    case 'vote_set_aside':
      count(state, countedChoices(ballots.get(facts.voter.id)), [])
      setAside(ballots, facts.voter.id, facts.reason)
      return
    case 'vote_restored':
      count(state, [], facts.choices)
      restore(ballots, facts.voter.id)
      return
    case 'commented':
      poll.totalComments += 1
      state.comments?.set(revision, { authorId: actor.id, body: facts.body ?? '' })
      return
    case 'comment_edited':
      state.comments?.set(facts.comment, { authorId: actor.id, body: facts.body ?? '' })
      return
    case 'comment_deleted':
      poll.totalComments -= 1
      state.comments?.delete(facts.comment)
      return
    case 'edited':
      edit(state, facts)
      return
    case 'voter_list_changed':
      changeVoterList(state, facts)
      return
    case 'closed':
      poll.status = 'closed'
      poll.closedAt = at
      for (const { id, ...counts } of facts.tally ?? []) {
        Object.assign(poll.options.find((option) => option.id === id) ?? {}, counts)
      }
      if (poll.method === 'ranked') poll.outcome = facts.outcome
      return
    case 'settled':
      poll.settledOptionId = facts.option.id
      return
    case 'reminded':
      poll.remindedAt = at
      return
    case 'reopened':
      Object.assign(poll, { status: 'open', closedAt: null, outcome: null, electorate: null, archivedAt: null })
      poll.settledOptionId = null
      if (poll.closesAt && poll.closesAt <= at) poll.closesAt = null
      return
    case 'archived':
      poll.archivedAt = at
      return
    case 'unarchived':
      poll.archivedAt = null
      return
    case 'deleted':
      poll.deletedAt = at
      return
    case 'guest_merged':
      mergeGuest(state, actor, facts)
      return
    default:
      facts satisfies never
  }
}

function addOption(poll: Poll, option: PollOption): void {
  poll.options.push(option)
  sortDates(poll)
}

/** Dates are sorted by time, not by when they were added. */
function sortDates(poll: Poll): void {
  if (poll.method === 'dates') poll.options = inOrderOfTime(poll.options, poll.timeZone ?? 'UTC')
}

function takeProposal({ id, proposals }: Poll, optionId: string): Proposal {
  const index = proposals.findIndex((proposal) => proposal.id === optionId)
  const [proposal] = index < 0 ? [] : proposals.splice(index, 1)
  if (!proposal) throw new RangeError(`Poll ${id} has no proposal ${optionId}.`)
  return proposal
}

/** Keeps the title under which people voted, to show it to them, until the option has that title again. */
function rename(state: PollState, { optionId, from, to }: Extract<EventFacts, { type: 'option_renamed' }>): void {
  const { poll } = state
  const option = poll.options.find(({ id }) => id === optionId)
  if (!option) throw new RangeError(`Poll ${poll.id} has no option ${optionId}.`)
  setTitle(option, { from, to }, state)
  sortDates(poll)
}

/**
 * The ballots lose the option. One without another choice is no vote any more, and stays to tell its voter, who may vote
 * again, also if it was set aside: there is nothing left to count again.
 */
function removeOption(
  state: PollState,
  { option, changed = [], changedAside = [] }: Extract<EventFacts, { type: 'option_removed' }>,
): void {
  const { poll, ballots } = state
  for (const { choices } of changed) count(state, choices, withoutOption(choices, option.id))
  for (const { personId, choices } of [...changed, ...changedAside]) {
    const ballot = ballots.get(personId)
    const left = withoutOption(choices, option.id)
    const counted = ballot?.counted === true && left.length > 0
    if (!ballot) continue
    const { setAsideReason, ...kept } = ballot
    const aside = left.length > 0 && setAsideReason !== undefined && { setAsideReason }
    ballots.set(personId, { ...kept, ...aside, choices: left, counted, removedOption: option.title })
  }
  poll.options = poll.options.filter(({ id }) => id !== option.id)
}

function setAside(ballots: PollState['ballots'], personId: string, setAsideReason: string): void {
  const ballot = ballots.get(personId)
  if (ballot) ballots.set(personId, { ...ballot, counted: false, setAsideReason })
}

function restore(ballots: PollState['ballots'], personId: string): void {
  const ballot = ballots.get(personId)
  if (!ballot) return
  const { setAsideReason, ...restored } = ballot
  ballots.set(personId, { ...restored, counted: true })
}

/** Keeps the question that people answered, to show it, until the poll has that title again. */
function setQuestion(state: PollState, { from, to }: Change<string>): void {
  const { poll } = state
  const former = poll.formerTitle ?? (areBallots(state) ? from : null)
  Object.assign(poll, { title: to, titleRevision: poll.revision, formerTitle: former === to ? null : former })
}

function setTitle(option: PollOption, { from, to }: Change<string>, state: PollState): void {
  option.title = to
  option.renamedAtRevision = state.poll.revision
  const former = option.formerTitle ?? (areBallots(state) ? from : null)
  option.formerTitle = former === to ? null : former
}

/** The clock times stay, so dates move to other instants. Each option keeps its former time, to show it to its voters. */
function changeZone(state: PollState, { timeZone, movedDates = [] }: Extract<EventFacts, { type: 'edited' }>): void {
  const { poll } = state
  poll.timeZone = timeZone?.to ?? poll.timeZone
  for (const { id, from, to } of movedDates) {
    const option = poll.options.find((one) => one.id === id)
    const proposal = poll.proposals.find((one) => one.id === id)
    if (option) setTitle(option, { from, to }, state)
    else if (proposal) proposal.title = to
  }
  if (timeZone) sortDates(poll)
}

function edit(state: PollState, facts: Extract<EventFacts, { type: 'edited' }>): void {
  const { poll, ballots } = state
  if (facts.title) setQuestion(state, facts.title)
  poll.description = facts.description?.to ?? poll.description
  poll.category = facts.category?.to ?? poll.category
  setRules(state, facts)
  if (facts.closesAt) poll.closesAt = facts.closesAt.to === null ? null : new Date(facts.closesAt.to)
  changeZone(state, facts)
  for (const { personId, choices } of facts.uncounted ?? []) {
    count(state, choices, [])
    mark(ballots, personId, false)
  }
  for (const { personId, choices } of facts.recounted ?? []) {
    count(state, [], choices)
    mark(ballots, personId, true)
  }
}

/** A reopened poll has no expected voters, and keeps none. */
function changeVoterList(
  state: PollState,
  { voters, uncounted = [] }: Extract<EventFacts, { type: 'voter_list_changed' }>,
): void {
  const { poll, ballots } = state
  for (const { personId } of uncounted) {
    count(state, countedChoices(ballots.get(personId)), [])
    ballots.delete(personId)
  }
  if (poll.electorate !== null) poll.electorate = voters.to
}

function setRules(state: PollState, facts: Extract<EventFacts, { type: 'edited' }>): void {
  const { poll } = state
  const changed = editableRules.filter((name) => facts[name])
  Object.assign(poll, Object.fromEntries(changed.map((name) => [name, facts[name]?.to])))
  if (areVotingRulesChanged(facts)) poll.rulesRevision = poll.revision
  // The method changes only while nobody has voted.
  if (facts.method) state.rankingCounts = poll.method === 'ranked' && !poll.anonymous ? new Map() : undefined
  if (facts.method) state.countedBefore = undefined
}

function mark(ballots: PollState['ballots'], personId: string, counted: boolean): void {
  const ballot = ballots.get(personId)
  if (ballot) ballots.set(personId, { ...ballot, counted })
}

type GuestMerged = Extract<EventFacts, { type: 'guest_merged' }>

/** The ballot that stays keeps its revision: another guest may sign in as the same person. */
function mergeGuest(
  state: PollState,
  actor: PersonName,
  { guest, guestChoices, setAside, from, to }: GuestMerged,
): void {
  const { poll, ballots } = state
  if (!setAside) count(state, guestChoices, [])
  count(state, from, to)
  // A ballot that was set aside counts only for a person who had signed in: then the event names its choices.
  const isCounted = poll.anonymous || to.length > 0
  const surviving = survivingBallot(poll, [ballots.get(guest.id), ballots.get(actor.id)], isCounted)
  ballots.delete(guest.id)
  if (surviving) ballots.set(actor.id, surviving)
  if (poll.createdBy.id === guest.id) poll.createdBy = actor
  for (const option of poll.options) if (option.addedById === guest.id) option.addedById = actor.id
  for (const proposal of poll.proposals) if (proposal.proposedById === guest.id) proposal.proposedById = actor.id
  // The ballots are the same if only one of the two has voted.
  if (poll.outcome && !sameChoices([...(setAside ? [] : guestChoices), ...from], to)) poll.outcome = finalOutcome(state)
}
