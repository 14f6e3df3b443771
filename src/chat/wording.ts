import { markedName } from '../people/model/person-name.ts'
import { whyNoWinner } from '../polls/counting/no-winner.ts'
import { chosen, hasChoice, namesOption, sameChoices } from '../polls/model/choices/choices.ts'
import { isolated } from '../polls/model/direction.ts'
import type { Change, EventFacts, EventType, PollEvent } from '../polls/model/events.ts'
import {
  counted,
  inOneSentence,
  type NamedChoice,
  names as namesOf,
  type Phrase,
  titled,
} from '../polls/model/phrases.ts'
import type { Choices, Outcome, Poll } from '../polls/model/poll.ts'
import type { PollMethod } from '../polls/model/poll-rules.ts'
import { exactTime } from '../polls/model/text-format.ts'
import { closingReason } from '../polls/rules/closing.ts'
import { areVotesHidden, isActorHidden } from '../polls/rules/visibility.ts'
import { ruleWords } from './rule-words.ts'

/** A longer list of options in a message names this many and counts the rest. */
export const maxNamedOptions = 3

/** The kinds of events that a connection can choose. */
export const eventKinds = ['votes', 'comments', 'options', 'lifecycle'] as const
export type EventKind = (typeof eventKinds)[number]

/** The kind of each type of event, and what happened in a few words that continue the actor's name. */
const eventTypes: Record<EventType, { kind: EventKind; summary: string }> = {
  created: { kind: 'lifecycle', summary: 'created the poll' },
  voted: { kind: 'votes', summary: 'voted' },
  vote_changed: { kind: 'votes', summary: 'changed the vote' },
  vote_withdrawn: { kind: 'votes', summary: 'withdrew the vote' },
  secret_vote_cast: { kind: 'votes', summary: 'voted' },
  secret_vote_withdrawn: { kind: 'votes', summary: 'withdrew the vote' },
  option_added: { kind: 'options', summary: 'added an option' },
  option_proposed: { kind: 'options', summary: 'proposed an option' },
  proposal_approved: { kind: 'options', summary: 'approved an option' },
  proposal_dismissed: { kind: 'options', summary: 'dismissed a proposal' },
  option_renamed: { kind: 'options', summary: 'renamed an option' },
  option_removed: { kind: 'options', summary: 'removed an option' },
  vote_set_aside: { kind: 'votes', summary: 'set a vote aside' },
  vote_restored: { kind: 'votes', summary: 'counted a vote again' },
  voter_list_changed: { kind: 'lifecycle', summary: 'changed the voter list' },
  commented: { kind: 'comments', summary: 'commented' },
  comment_edited: { kind: 'comments', summary: 'edited a comment' },
  comment_deleted: { kind: 'comments', summary: 'deleted a comment' },
  edited: { kind: 'lifecycle', summary: 'edited the poll' },
  closed: { kind: 'lifecycle', summary: 'closed the poll' },
  settled: { kind: 'lifecycle', summary: 'settled on a date' },
  reminded: { kind: 'lifecycle', summary: 'reminded people who have not voted' },
  reopened: { kind: 'lifecycle', summary: 'reopened the poll' },
  archived: { kind: 'lifecycle', summary: 'archived the poll' },
  unarchived: { kind: 'lifecycle', summary: 'unarchived the poll' },
  deleted: { kind: 'lifecycle', summary: 'deleted the poll' },
  guest_merged: { kind: 'votes', summary: 'was a guest before' },
  vote_counted: { kind: 'votes', summary: 'signed in, so the vote counts' },
}

export function kindOf({ facts }: PollEvent): EventKind {
  return eventTypes[facts.type].kind
}

/** For an event that is not loaded. It continues the actor's name. */
export function summaryOf(type: EventType): string {
  return eventTypes[type].summary
}

type Edit = Extract<EventFacts, { type: 'edited' }>
type Merge = Extract<EventFacts, { type: 'guest_merged' }>

/**
 * What happened in an event, for pages and for every chat. The sentence continues the actor's name.
 *
 * @param poll its current state, which may hide results
 * @param maxNamed a longer list of options names this many and counts the rest
 */
export function eventWords(facts: EventFacts, poll: Poll, maxNamed?: number): Phrase[] {
  const most = poll.method === 'dates' ? maxNamedDates : maxNamed
  const names = (choices: Choices) => namesOf(poll, choices, most)
  if (areVotesHidden(poll) && facts.type in hiddenVotes) return [{ text: hiddenVotes[facts.type as HiddenVote] }]
  switch (facts.type) {
    case 'created':
      return [{ text: 'created the poll' }]
    case 'voted':
      return voteWords(poll, [], facts.choices, maxNamed)
    case 'vote_changed':
      return voteWords(poll, facts.from, facts.to, maxNamed)
    case 'vote_withdrawn':
      return voteWords(poll, facts.from, [], maxNamed)
    case 'secret_vote_cast':
      return [{ text: 'voted' }]
    case 'secret_vote_withdrawn':
      return [{ text: 'withdrew the vote' }]
    case 'option_added':
      return [{ text: 'added the option ' }, titled(poll, facts.option.title)]
    case 'option_proposed':
      return [{ text: 'proposed the option ' }, titled(poll, facts.option.title)]
    case 'proposal_approved':
      return [{ text: 'approved the option ' }, titled(poll, facts.option.title)]
    case 'proposal_dismissed':
      return [{ text: 'dismissed the proposal ' }, titled(poll, facts.option.title)]
    case 'option_renamed':
      return [{ text: 'renamed the option ' }, titled(poll, facts.from), { text: ' to ' }, titled(poll, facts.to)]
    case 'option_removed':
      return [{ text: 'removed the option ' }, titled(poll, facts.option.title), { text: votesChanged(facts) }]
    case 'vote_set_aside':
      return [...votersVote(facts, poll, maxNamed), { text: ' aside: ' }, { title: facts.reason }]
    case 'vote_restored':
      return [...votersVote(facts, poll, maxNamed), { text: ' again' }]
    case 'commented':
      return [{ text: facts.body === null ? 'wrote a comment, which was deleted' : 'commented' }]
    case 'comment_edited':
      return [{ text: 'edited a comment' }]
    case 'comment_deleted':
      return [{ text: 'deleted a comment' }]
    case 'edited':
      return [...inOneSentence(editWords(facts, poll)), ...guestVotes(facts).map((text) => ({ text: `. ${text}` }))]
    case 'voter_list_changed':
      return [{ text: voterList(facts) }]
    case 'closed':
      return [{ text: `closed the poll${closingReason(facts)}. ` }, ...resultWords(facts.outcome, poll, maxNamed)]
    case 'settled':
      return [{ text: 'settled on ' }, titled(poll, facts.option.title)]
    case 'reminded':
      return [{ text: remindedWords(facts) }]
    case 'reopened':
      return [{ text: 'reopened the poll' }]
    case 'archived':
      return [{ text: 'archived the poll' }]
    case 'unarchived':
      return [{ text: 'unarchived the poll' }]
    case 'deleted':
      return [{ text: 'deleted the poll' }]
    case 'guest_merged':
      return merged(facts, poll, names)
    case 'vote_counted':
      return [{ text: 'signed in, so the vote for ' }, ...names(facts.choices), { text: ' counts' }]
    default:
      return facts satisfies never
  }
}

/**
 * An event as a sentence of plain text, for chats that show nothing else: "Ann voted for Pizza". It names neither the poll nor
 * the text of a comment (`facts.body`).
 */
export function eventSentence({ actor, facts }: PollEvent, poll: Poll): string {
  const person = isActorHidden(facts.type, poll) ? 'Somebody' : isolated(markedName(actor))
  const words = eventWords(facts, poll).map((phrase) =>
    phrase.title === undefined ? phrase.text : isolated(phrase.title),
  )
  return `${person} ${words.join('')}`
}

/** Texts for votes whose choices are hidden. */
const hiddenVotes = {
  voted: 'voted',
  vote_changed: 'changed the vote',
  vote_withdrawn: 'withdrew the vote',
  vote_counted: 'signed in, so the vote counts',
}
type HiddenVote = keyof typeof hiddenVotes

/** A change of a vote, over one or several events. Empty choices mean no vote. */
export function voteWords(poll: Poll, from: Choices, to: Choices, maxNamed?: number): Phrase[] {
  if (from.length === 0 && to.length === 0) return [{ text: 'voted and withdrew the vote' }]
  if (areVotesHidden(poll)) {
    if (from.length === 0) return [{ text: hiddenVotes.voted }]
    return [{ text: to.length === 0 ? hiddenVotes.vote_withdrawn : hiddenVotes.vote_changed }]
  }
  if (poll.method === 'dates') return answerWords(poll, from, to)
  const { voted, vote, withdrawn } = words[poll.method]
  const [before, after] = [namesOf(poll, from, maxNamed), namesOf(poll, to, maxNamed)]
  if (from.length === 0) return [{ text: `${voted} ` }, ...after]
  if (to.length === 0) return [{ text: `withdrew the ${withdrawn} ` }, ...before]
  if (sameChoices(from, to)) return [{ text: `changed the ${vote} and went back to ` }, ...after]
  return [{ text: `changed the ${vote} from ` }, ...before, { text: ' to ' }, ...after]
}

/** The words for a vote, by method. */
const votes = { voted: 'voted for', vote: 'vote', withdrawn: 'vote for' }
const words: Record<Exclude<PollMethod, 'dates'>, typeof votes> = {
  single_choice: votes,
  multiple_choice: votes,
  score: { voted: 'gave points:', vote: 'points', withdrawn: 'points for' },
  ranked: { voted: 'ranked', vote: 'ranking', withdrawn: 'ranking' },
}

/** More dates are only counted: people answer for all dates at once. */
const maxNamedDates = 2

function answerWords(poll: Poll, from: Choices, to: Choices): Phrase[] {
  const concerned = from.length === 0 ? to : to.length === 0 ? from : changedAnswers(from, to)
  const dates = (verb: string): Phrase[] =>
    concerned.length > maxNamedDates
      ? [{ text: `${verb} for ${counted(concerned.length, 'date')}` }]
      : [{ text: `${verb}: ` }, ...namesOf(poll, concerned)]
  if (from.length === 0) return dates('answered')
  if (to.length === 0) return dates('withdrew the answers')
  if (concerned.length === 0) return [{ text: 'changed the answers and went back' }]
  return dates('changed the answers')
}

/** The answers that differ; `no_answer` for a date that is left out now. */
function changedAnswers(from: Choices, to: Choices): NamedChoice[] {
  const left = from.filter(({ optionId }) => !namesOption(to, optionId))
  return [
    ...to.filter((choice) => !hasChoice(from, choice)),
    ...left.map(({ optionId }) => ({ optionId, grade: 'no_answer' as const })),
  ]
}

/** The changes of an edit, one sentence part each. */
export function editWords(facts: Edit, poll: Pick<Poll, 'timeZone'>): Phrase[][] {
  const { title, description, category, closesAt, timeZone } = facts
  const changes: Phrase[][] = []
  if (title) changes.push(fromTo('changed the title', title))
  if (description) changes.push([{ text: 'changed the description' }])
  if (category) changes.push(categoryWords(category))
  changes.push(...changedRuleWords(facts))
  if (timeZone?.from) changes.push([{ text: `changed the time zone from ${timeZone.from} to ${timeZone.to}` }])
  // The text of a closing time names its zone already.
  else if (timeZone && !closesAt) changes.push([{ text: `set the time zone to ${timeZone.to}` }])
  if (closesAt) changes.push([{ text: closingTime(closesAt, poll) }])
  return changes
}

function changedRuleWords(facts: Edit): Phrase[][] {
  const names = Object.keys(ruleWords) as (keyof typeof ruleWords)[]
  return names.flatMap((name) => {
    const change = facts[name]
    return change ? [[{ text: ruleWords[name](change.to as never) }]] : []
  })
}

/** What an edit does to the votes of guests, one sentence each. */
export function guestVotes({ uncounted = [], recounted = [] }: Edit): string[] {
  return [
    ...(uncounted.length > 0 ? [`Votes of guests that count only after they sign in: ${uncounted.length}`] : []),
    ...(recounted.length > 0 ? [`Votes of guests that count again: ${recounted.length}`] : []),
  ]
}

/** A change of the category by which a poll leaves a connection. */
export function movedWords({ from, to }: Change<string>): Phrase[] {
  if (to === '') return [{ text: 'moved the poll out of the category ' }, { title: from }]
  return [{ text: 'moved the poll to the category ' }, { title: to }]
}

function categoryWords({ from, to }: Change<string>): Phrase[] {
  if (from === '') return [{ text: 'set the category to ' }, { title: to }]
  if (to === '') return [{ text: 'removed the category ' }, { title: from }]
  return fromTo('changed the category', { from, to })
}

/** The result of a closed poll. */
export function resultWords({ kind, options }: Outcome, poll: Poll, maxNamed?: number): Phrase[] {
  const why = whyNoWinner(kind, poll.method)
  if (why) return [{ text: why }]
  return [{ text: kind === 'winner' ? 'Winner: ' : 'It is a tie: ' }, ...namesOf(poll, chosen(options), maxNamed)]
}

function merged({ guest, guestChoices, from, to }: Merge, poll: Poll, names: (choices: Choices) => Phrase[]): Phrase[] {
  if (poll.anonymous) return [{ text: 'was a guest here before' }]
  const who: Phrase[] = [{ text: 'was the guest ' }, { title: guest.name }, { text: ' here' }]
  const [theirs, own, left] = [names(guestChoices), names(from), names(to)]
  if (guestChoices.length === 0 || areVotesHidden(poll)) return who
  if (from.length === 0) return [...who, { text: ', who voted for ' }, ...theirs]
  if (sameChoices(from, guestChoices)) return [...who, { text: ': two votes for ' }, ...own, { text: ' became one' }]
  const votes = [{ text: ': of the votes for ' }, ...theirs, { text: ' and for ' }, ...own]
  return [...who, ...votes, { text: ' only the newer counts, for ' }, ...left]
}

function votesChanged({ changed = [] }: Extract<EventFacts, { type: 'option_removed' }>): string {
  return changed.length === 0 ? '' : `. Votes that changed: ${changed.length.toLocaleString('en')}`
}

type OfVoter = Extract<EventFacts, { type: 'vote_set_aside' | 'vote_restored' }>

/** "set the vote of Bob for Pizza", without the option while votes are hidden. */
function votersVote({ type, voter, choices }: OfVoter, poll: Poll, maxNamed?: number): Phrase[] {
  const vote = [
    { text: type === 'vote_set_aside' ? 'set the vote of ' : 'counted the vote of ' },
    { title: voter.name },
  ]
  return choices.length === 0 || areVotesHidden(poll)
    ? vote
    : [...vote, { text: ' for ' }, ...namesOf(poll, choices, maxNamed)]
}

function remindedWords({ people, onTime }: Extract<EventFacts, { type: 'reminded' }>): string {
  const who = people === 1 ? '1 person who has not voted' : `${people.toLocaleString('en')} people who have not voted`
  return onTime ? `reminded ${who}, at the set time` : `reminded ${who}`
}

function closingTime({ to }: Change<string | null>, { timeZone }: Pick<Poll, 'timeZone'>): string {
  return to === null ? 'removed the closing time' : `set the closing time to ${exactTime(new Date(to), timeZone)}`
}

function voterList({ voters, uncounted = [] }: Extract<EventFacts, { type: 'voter_list_changed' }>): string {
  const lost = uncounted.length > 0 ? `. Votes that no longer count: ${uncounted.length}` : ''
  return `changed the voter list: ${voters.to === 1 ? '1 person' : `${voters.to.toLocaleString('en')} people`} can vote${lost}`
}

function fromTo(what: string, { from, to }: Change<string>): Phrase[] {
  return [{ text: `${what} from ` }, { title: from }, { text: ' to ' }, { title: to }]
}

/** "1 person", "12 people", "3 more people". */
export function people(count: number, more = ''): string {
  return `${count.toLocaleString('en')} ${more}${count === 1 ? 'person' : 'people'}`
}
