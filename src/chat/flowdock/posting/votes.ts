import { markedName, type PersonName } from '../../../people/model/person-name.ts'
import type { EventFacts, PollEvent } from '../../../polls/model/events.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import { voteWords } from '../../wording.ts'
import { lineHtml, sentenceHtml } from '../html.ts'

/** The change of one person's vote over several events. Empty choices mean no vote. */
export type VoteRun = { person: PersonName; from: Choices; to: Choices; events: number }

/** One run per person, in the order of their first event. Other events are left out. */
export function turnsIn(events: readonly PollEvent[]): VoteRun[] {
  const turns = new Map<string, VoteRun>()
  for (const { actor, facts } of events) {
    const change = changeOf(facts)
    if (!change) continue
    const { from, events } = turns.get(actor.id) ?? { from: change.from, events: 0 }
    turns.set(actor.id, { person: actor, from, to: change.to, events: events + 1 })
  }
  return [...turns.values()]
}

function changeOf(facts: EventFacts): { from: Choices; to: Choices } | undefined {
  if (facts.type === 'voted' || facts.type === 'vote_counted') return { from: [], to: facts.choices }
  if (facts.type === 'vote_changed') return facts
  if (facts.type === 'vote_withdrawn') return { from: facts.from, to: [] }
  if (facts.type === 'secret_vote_cast') return { from: [], to: something }
  if (facts.type === 'secret_vote_withdrawn') return { from: something, to: [] }
}

/** Stands for the hidden choices of an anonymous ballot. */
const something: Choices = ['']

/** A longer list of options names this many and counts the rest. */
export const maxNamedOptions = 3

export function voteTitle(poll: Poll, from: Choices, to: Choices): string {
  return sentenceHtml(voteWords(poll, from, to, maxNamedOptions))
}

/** A title for all runs that continues "12 people". */
export function jointTitle(turns: readonly VoteRun[]): string {
  const haveWithdrawn = turns.some(({ to }) => to.length === 0)
  const haveChanged = turns.some(({ from, to }) => from.length > 0 && to.length > 0)
  const haveVoted = turns.some(({ from, to }) => from.length === 0 && to.length > 0)
  if (!haveWithdrawn) return haveVoted ? 'voted' : 'changed their votes'
  const others = haveChanged ? 'changed or withdrew their votes' : 'withdrew their votes'
  return haveVoted ? `voted, or ${others}` : others
}

/** More people are only counted. */
const maxNamed = 5

/** One line of HTML per person. */
export function jointBody(turns: readonly VoteRun[], poll: Poll): string {
  const lines = turns
    .slice(0, maxNamed)
    .map(({ person, from, to }) => `${lineHtml(markedName(person))} ${voteTitle(poll, from, to)}`)
  const others = turns.length - lines.length
  return [...lines, ...(others > 0 ? [`and ${people(others, 'more ')}`] : [])].join('<br>')
}

/** "1 person", "12 people", "3 more people". */
export function people(count: number, more = ''): string {
  return `${count.toLocaleString('en')} ${more}${count === 1 ? 'person' : 'people'}`
}
