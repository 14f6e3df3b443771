import type { PersonName } from '../../people/model/person-name.ts'
import { whyNoWinner } from '../../polls/counting/no-winner.ts'
import type { Change, EventFacts, PollEvent } from '../../polls/model/events.ts'
import type { Outcome, Poll } from '../../polls/model/poll.ts'
import type { PollMethod } from '../../polls/model/poll-rules.ts'
import { exactTime } from '../../polls/model/text-format.ts'
import { closingReason } from '../../polls/rules/closing.ts'
import { areVotesHidden, isActorHidden, shownFacts } from '../../polls/rules/visibility.ts'
import { inOneSentence, names, type Phrase, titled } from '../phrases.ts'
import { shownTime } from '../time.ts'

/** Shown instead of an anonymous actor. It does not show whether they are a guest. */
const somebody: Pick<PersonName, 'name' | 'isSignedIn'> = { name: 'Somebody', isSignedIn: true }

/** An event as pages show it. @param poll its current state, which may hide results */
export function eventModel({ revision, actor, at, facts }: PollEvent, poll: Poll, now: Date) {
  const what = whatHappened(shownFacts(facts, poll), poll)
  return {
    revision,
    actor: isActorHidden(facts.type, poll) ? somebody : actor,
    type: facts.type,
    what,
    at: shownTime(at, now),
  }
}

/** Follows the actor's name in the sentence. */
function whatHappened(facts: EventFacts, poll: Poll): Phrase[] {
  if (areVotesHidden(poll) && facts.type in hiddenVotes) return [{ text: hiddenVotes[facts.type as HiddenVote] }]
  const { voted, vote, removed } = words[poll.method]
  switch (facts.type) {
    case 'created':
      return [{ text: 'created the poll' }]
    case 'voted':
      return [{ text: `${voted} ` }, ...names(poll, facts.choices)]
    case 'vote_changed':
      return [
        { text: `changed the ${vote} from ` },
        ...names(poll, facts.from),
        { text: ' to ' },
        ...names(poll, facts.to),
      ]
    case 'vote_withdrawn':
      return [{ text: `withdrew the ${removed} ` }, ...names(poll, facts.from)]
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
    case 'option_renamed': {
      const { from, to } = facts
      return [{ text: 'renamed the option ' }, titled(poll, from), { text: ' to ' }, titled(poll, to)]
    }
    case 'commented':
      return [{ text: 'commented' }]
    case 'edited':
      return edited(facts, poll)
    case 'voter_list_changed':
      return [{ text: voterList(facts) }]
    case 'closed':
      return [{ text: `closed the poll${closingReason(facts)}. ` }, ...closing(facts.outcome, poll)]
    case 'reopened':
      return [{ text: 'reopened the poll' }]
    case 'archived':
      return [{ text: 'archived the poll' }]
    case 'unarchived':
      return [{ text: 'unarchived the poll' }]
    case 'deleted':
      return [{ text: 'deleted the poll' }]
    case 'guest_merged':
      return merged(facts, poll)
    case 'vote_counted':
      return [{ text: 'signed in, so the vote for ' }, ...names(poll, facts.choices), { text: ' counts' }]
    default:
      return facts satisfies never
  }
}

/** The words for a vote, by method. */
const votes = { voted: 'voted for', vote: 'vote', removed: 'vote for' }
const words: Record<PollMethod, typeof votes> = {
  single_choice: votes,
  multiple_choice: votes,
  score: { voted: 'scored', vote: 'scores', removed: 'scores' },
  ranked: { voted: 'ranked', vote: 'ranking', removed: 'ranking' },
  dates: { voted: 'answered:', vote: 'answer', removed: 'answer' },
}

/** Texts for votes whose choices are hidden. */
const hiddenVotes = {
  voted: 'voted',
  vote_changed: 'changed the vote',
  vote_withdrawn: 'withdrew the vote',
  vote_counted: 'signed in, so the vote counts',
}
type HiddenVote = keyof typeof hiddenVotes

function merged(
  { guest, guestChoices, from, to }: Extract<EventFacts, { type: 'guest_merged' }>,
  poll: Poll,
): Phrase[] {
  if (poll.anonymous) return [{ text: 'signed in' }]
  const who: Phrase[] = [{ text: 'was the guest ' }, { title: guest.name }, { text: ' here' }]
  const [theirs, own, left] = [names(poll, guestChoices), names(poll, from), names(poll, to)]
  if (guestChoices.length === 0) return who
  if (from.length === 0) return [...who, { text: ', who voted for ' }, ...theirs]
  if (from.join() === guestChoices.join())
    return [...who, { text: ': two votes for ' }, ...own, { text: ' became one' }]
  const votes = [{ text: ': of the votes for ' }, ...theirs, { text: ' and for ' }, ...own]
  return [...who, ...votes, { text: ' only the newer counts, for ' }, ...left]
}

function edited(facts: Extract<EventFacts, { type: 'edited' }>, poll: Poll): Phrase[] {
  const { title, description, category, optionsOpen, votersSignedIn, closesAt, timeZone } = facts
  const changes: Phrase[][] = []
  if (title) changes.push(fromTo('changed the title', title))
  if (description) changes.push([{ text: 'changed the description' }])
  if (category) changes.push(moved(category))
  if (optionsOpen)
    changes.push([{ text: optionsOpen.to ? 'let others add options' : 'stopped others from adding options' }])
  if (votersSignedIn)
    changes.push([{ text: votersSignedIn.to ? 'limited voting to signed-in people' : 'let guests vote' }])
  if (timeZone?.from) changes.push([{ text: `changed the time zone from ${timeZone.from} to ${timeZone.to}` }])
  // A closing time names its zone.
  else if (timeZone && !closesAt) changes.push([{ text: `set the time zone to ${timeZone.to}` }])
  if (closesAt) changes.push([{ text: closingTime(closesAt, poll) }])
  return [...inOneSentence(changes), ...guestVotes(facts)]
}

function closingTime({ to }: Change<string | null>, { timeZone }: Poll): string {
  return to === null ? 'removed the closing time' : `set the closing time to ${exactTime(new Date(to), timeZone)}`
}

function guestVotes({ uncounted = [], recounted = [] }: Extract<EventFacts, { type: 'edited' }>): Phrase[] {
  const notes: Phrase[] = []
  if (uncounted.length > 0)
    notes.push({ text: `. Votes of guests that count only after they sign in: ${uncounted.length}` })
  if (recounted.length > 0) notes.push({ text: `. Votes of guests that count again: ${recounted.length}` })
  return notes
}

function voterList({ voters, uncounted = [] }: Extract<EventFacts, { type: 'voter_list_changed' }>): string {
  const lost = uncounted.length > 0 ? `. Votes that no longer count: ${uncounted.length}` : ''
  return `changed the voter list: ${voters.to === 1 ? '1 person' : `${voters.to.toLocaleString('en')} people`} can vote${lost}`
}

function moved({ from, to }: Change<string>): Phrase[] {
  if (from === '') return [{ text: 'set the category to ' }, { title: to }]
  if (to === '') return [{ text: 'removed the category ' }, { title: from }]
  return fromTo('changed the category', { from, to })
}

function fromTo(what: string, { from, to }: Change<string>): Phrase[] {
  return [{ text: `${what} from ` }, { title: from }, { text: ' to ' }, { title: to }]
}

function closing({ kind, options }: Outcome, poll: Poll): Phrase[] {
  const why = whyNoWinner(kind, poll.method)
  if (why) return [{ text: why }]
  return [{ text: kind === 'winner' ? 'Winner: ' : 'It is a tie: ' }, ...names(poll, options)]
}
