import { whyNoWinner } from '../../../polls/counting/no-winner.ts'
import { gradeOf, optionOf } from '../../../polls/model/choices.ts'
import { shownTitle } from '../../../polls/model/dates.ts'
import type { EventFacts } from '../../../polls/model/events.ts'
import type { Choices, Outcome, Poll } from '../../../polls/model/poll.ts'
import type { PollMethod } from '../../../polls/model/poll-rules.ts'
import { closingReason } from '../../../polls/rules/closing.ts'
import { areResultsHidden, areVotesHidden } from '../../../polls/rules/visibility.ts'
import { lineHtml } from '../html.ts'

type Edit = Extract<EventFacts, { type: 'edited' }>
type Merged = Extract<EventFacts, { type: 'guest_merged' }>

/** An event as one line of HTML that continues the author's name. */
export function title(facts: EventFacts, poll: Poll, movedAway: boolean): string {
  switch (facts.type) {
    case 'created':
      return 'created poll'
    case 'voted':
      return voteTitle(poll, [], facts.choices)
    case 'vote_changed':
      return voteTitle(poll, facts.from, facts.to)
    case 'vote_withdrawn':
      return voteTitle(poll, facts.from, [])
    case 'secret_vote_cast':
      return 'voted'
    case 'secret_vote_withdrawn':
      return 'removed vote'
    case 'option_added':
      return `added option ${named(poll, facts.option.title)}`
    case 'option_proposed':
      return `proposed option ${named(poll, facts.option.title)}`
    case 'proposal_approved':
      return `approved proposed option ${named(poll, facts.option.title)}`
    case 'proposal_dismissed':
      return `dismissed proposed option ${named(poll, facts.option.title)}`
    case 'option_renamed':
      return `renamed option ${named(poll, facts.from)} to ${named(poll, facts.to)}`
    case 'commented':
      return 'commented'
    case 'edited':
      return movedAway ? moved(facts) : 'edited poll'
    case 'voter_list_changed':
      return voterList(facts)
    case 'closed':
      return `closed poll${closingReason(facts)} (${result(poll, facts.outcome)})`
    case 'reopened':
      return 'reopened poll'
    case 'archived':
      return 'archived poll'
    case 'unarchived':
      return 'restored poll'
    case 'deleted':
      return 'deleted poll'
    case 'guest_merged':
      return merged(facts, poll)
    case 'vote_counted':
      return areResultsHidden(poll)
        ? 'signed in, so that the vote counts'
        : `signed in, so that the vote for ${optionTitles(poll, facts.choices)} counts`
    default:
      return facts satisfies never
  }
}

/** The change of a vote; empty choices mean no vote. */
export function voteTitle(poll: Poll, from: Choices, to: Choices): string {
  if (from.length === 0 && to.length === 0) return 'voted and removed vote'
  if (areVotesHidden(poll)) return from.length === 0 ? 'voted' : to.length === 0 ? 'removed vote' : 'changed vote'
  const { voted, vote, removed } = words[poll.method]
  if (from.length === 0) return `${voted} ${optionTitles(poll, to)}`
  if (to.length === 0) return `removed ${removed} ${optionTitles(poll, from)}`
  const [before, after] = [optionTitles(poll, from), optionTitles(poll, to)]
  return from.join() === to.join()
    ? `changed ${vote} and went back to ${after}`
    : `changed ${vote} from ${before} to ${after}`
}

/** Words for a vote, by method. */
const votes = { voted: 'voted for', vote: 'vote', removed: 'vote from' }
const words: Record<PollMethod, typeof votes> = {
  single_choice: votes,
  multiple_choice: votes,
  score: { voted: 'scored', vote: 'scores', removed: 'scores' },
  ranked: { voted: 'ranked', vote: 'ranking', removed: 'ranking' },
  dates: { voted: 'said of', vote: 'answer', removed: 'answer for' },
}

function merged({ guest, guestChoices, from, to }: Merged, poll: Poll): string {
  if (poll.anonymous) return 'signed in'
  const what = `was the guest ${lineHtml(guest.name)} here`
  const [theirs, own, left] = [guestChoices, from, to].map((choices) => optionTitles(poll, choices))
  if (guestChoices.length === 0 || areResultsHidden(poll)) return what
  if (from.length === 0) return `${what}, who voted for ${theirs}`
  return from.join() === guestChoices.join()
    ? `${what}: two votes for ${own} became one`
    : `${what}: of the votes for ${theirs} and for ${own} only the newer counts, for ${left}`
}

function voterList({ voters, uncounted = [] }: Extract<EventFacts, { type: 'voter_list_changed' }>): string {
  const lost = uncounted.length > 0 ? `; votes that count no longer: ${uncounted.length}` : ''
  return `changed voter list (people who can vote: ${voters.to.toLocaleString('en')}${lost})`
}

function moved({ category }: Edit): string {
  if (category?.to) return `moved poll to the category ${lineHtml(category.to)}`
  return category?.from ? `moved poll out of the category ${lineHtml(category.from)}` : 'moved poll'
}

/** The result of a poll as short HTML. */
export function result(poll: Poll, { kind, options }: Outcome): string {
  const why = whyNoWinner(kind, poll.method)
  if (why) return why.charAt(0).toLowerCase() + why.slice(1)
  const titles = optionTitles(poll, options)
  return kind === 'winner' ? `Winner: ${titles}` : `It's a tie between ${titles}`
}

/** A longer list names this many and counts the rest. */
const maxNamed = 3
/** Flowdock documents no limit for titles. The poll's page shows the whole title. */
const maxTitleLength = 80

/** An English list: "A", "A and B", "A, B and C", "A, B, C and 7 more". */
function optionTitles(poll: Poll, ids: Choices): string {
  const titles = ids.slice(0, maxNamed).map((id) => optionTitle(poll, id))
  const last = ids.length > maxNamed ? `${ids.length - maxNamed} more` : titles.pop()
  return titles.length === 0 ? (last ?? 'nothing') : `${titles.join(', ')} and ${last}`
}

/** With the points of a score, or the answer to a date. */
function optionTitle(poll: Poll, choice: string): string {
  const option = poll.options.find(({ id }) => id === optionOf(choice))
  const title = option ? named(poll, option.title) : 'an option'
  const grade = gradeOf(choice)
  return grade === '' ? title : `${title} (${grade})`
}

function named(poll: Poll, title: string): string {
  return lineHtml(shownTitle(poll, title), maxTitleLength)
}
