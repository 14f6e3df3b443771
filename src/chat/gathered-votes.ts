import { chosen } from '../polls/model/choices/choices.ts'
import type { EventFacts, PollEvent } from '../polls/model/events.ts'
import type { Choices, Poll } from '../polls/model/poll.ts'
import { kindOf } from './wording.ts'

/** One event, or several votes. */
export type Gathered = readonly [PollEvent, ...PollEvent[]]

/** Votes of one person that follow each other within this time, in milliseconds, are one message and one entry. */
export const gatherMs = 10_000

/** Whether a vote came within a short while after this time. */
export function followsSoon(before: Date | undefined, { at }: PollEvent): boolean {
  return before !== undefined && at.getTime() - before.getTime() <= gatherMs
}

/** Whether it changes the actor's ballot. A merge of two ballots is not grouped with votes. */
export function isVote(event: PollEvent): boolean {
  return kindOf(event) === 'votes' && !aloneTypes.includes(event.facts.type)
}

const aloneTypes = ['guest_merged', 'vote_set_aside', 'vote_restored']

/** Consecutive votes form a group. Any other event is alone. */
export function votesInRow(events: readonly PollEvent[]): Gathered[] {
  const groups: [PollEvent, ...PollEvent[]][] = []
  for (const event of events) {
    const group = groups.at(-1)
    if (group && isVote(event) && isVote(group[0])) group.push(event)
    else groups.push([event])
  }
  return groups
}

/** For the index of a vote: the index of the same person's next vote, if that followed within a short while. */
export function nextOfSamePerson(votes: readonly PollEvent[]): Map<number, number> {
  const next = new Map<number, number>()
  const latest = new Map<string, number>()
  for (const [index, vote] of votes.entries()) {
    const before = latest.get(vote.actor.id)
    if (before !== undefined && followsSoon(votes[before]?.at, vote)) next.set(before, index)
    latest.set(vote.actor.id, index)
  }
  return next
}

/**
 * The entries of a poll's activity: one person's votes within a short while are one, in the place of the last. In an
 * anonymous poll each vote is one, as the activity must not show which of them are the same person's.
 *
 * @param events oldest first
 */
export function entriesOf(events: readonly PollEvent[], { anonymous }: Pick<Poll, 'anonymous'>): Gathered[] {
  return votesInRow(events).flatMap((group): Gathered[] =>
    anonymous ? group.map((vote): Gathered => [vote]) : ofEachPerson(group),
  )
}

function ofEachPerson(votes: Gathered): Gathered[] {
  const next = nextOfSamePerson(votes)
  const begun = new Map<number, [PollEvent, ...PollEvent[]]>()
  return votes.flatMap((vote, index) => {
    const entry = begun.get(index)
    const gathered: [PollEvent, ...PollEvent[]] = entry ? [...entry, vote] : [vote]
    const following = next.get(index)
    if (following === undefined) return [gathered]
    begun.set(following, gathered)
    return []
  })
}

/** The change of one person's vote over several events. Empty choices mean no vote. */
export type VoteRun = { person: PollEvent['actor']; from: Choices; to: Choices; events: number }

/** One run per person, in the order of their first event. Other events are left out. */
export function voteRuns(events: readonly PollEvent[]): VoteRun[] {
  const runs = new Map<string, VoteRun>()
  for (const { actor, facts } of events) {
    const change = changeOf(facts)
    if (!change) continue
    const { from, events } = runs.get(actor.id) ?? { from: change.from, events: 0 }
    runs.set(actor.id, { person: actor, from, to: change.to, events: events + 1 })
  }
  return [...runs.values()]
}

function changeOf(facts: EventFacts): { from: Choices; to: Choices } | undefined {
  if (facts.type === 'voted' || facts.type === 'vote_counted') return { from: [], to: facts.choices }
  if (facts.type === 'vote_changed') return facts
  if (facts.type === 'vote_withdrawn') return { from: facts.from, to: [] }
  if (facts.type === 'secret_vote_cast') return { from: [], to: something }
  if (facts.type === 'secret_vote_withdrawn') return { from: something, to: [] }
}

/** Stands for the hidden choices of an anonymous ballot. */
const something = chosen([''])

/** Of a run of several events. */
export function lastOf(changes: number): string {
  return `The last of ${changes.toLocaleString('en')} changes`
}

/** Words for all runs together that continue "12 people". */
export function jointWords(runs: readonly VoteRun[]): string {
  const haveWithdrawn = runs.some(({ to }) => to.length === 0)
  const haveChanged = runs.some(({ from, to }) => from.length > 0 && to.length > 0)
  const haveVoted = runs.some(({ from, to }) => from.length === 0 && to.length > 0)
  if (!haveWithdrawn) return haveVoted ? 'voted' : 'changed their votes'
  const others = haveChanged ? 'changed or withdrew their votes' : 'withdrew their votes'
  return haveVoted ? `voted, or ${others}` : others
}
