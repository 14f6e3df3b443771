import { linked } from '../links.ts'
import { outcomeOf } from '../polls/methods/counting-method.ts'
import type { Comment } from '../polls/queries.ts'
import { areResultsHidden, shownFacts } from '../polls/results-visible.ts'
import { pollPath } from '../polls/slug.ts'
import type { Change, Choices, EventFacts, Outcome, Poll, PollEvent } from '../polls/types.ts'
import { exactTime } from '../times.ts'
import { comingTime, shownTime } from './time.ts'

/** A piece of a sentence; `title` is something that people typed, shown with emphasis. */
export type Phrase = { text: string } | { title: string }

/** What the templates show of a poll, the same for everybody. */
export function pollModel(poll: Poll, now: Date) {
  const result = outcomeOf(poll)
  const areHidden = areResultsHidden(poll)
  return {
    id: poll.id,
    path: pollPath(poll),
    title: poll.title,
    description: linked(poll.description),
    category: poll.category && { name: poll.category, href: `/?${new URLSearchParams({ category: poll.category })}` },
    status: poll.status,
    isOpen: poll.status === 'open',
    isSingleChoice: poll.method === 'single_choice',
    howToVote: howToVote(poll),
    optionsOpen: poll.optionsOpen,
    votersSignedIn: poll.votersSignedIn,
    revision: poll.revision,
    isArchived: poll.archivedAt !== null,
    createdBy: poll.createdBy,
    created: shownTime(poll.createdAt, now),
    closes: poll.status === 'open' && poll.closesAt ? comingTime(poll.closesAt, now) : undefined,
    closed: poll.closedAt && shownTime(poll.closedAt, now),
    votes: counted(poll.totalVotes, poll.method === 'single_choice' ? 'vote' : 'voter'),
    totalVotes: poll.totalVotes,
    totalComments: poll.totalComments,
    options: poll.options.map(({ id, title, votes }) =>
      areHidden
        ? { id, title, votes: 0, leads: false }
        : {
            id,
            title,
            votes,
            count: counted(votes, 'vote'),
            percent: percent(votes, poll.totalVotes),
            leads: result.options.includes(id),
            rank: result.kind === 'tie' ? 'Tied' : poll.status === 'open' ? 'Leader' : 'Winner',
          },
    ),
    standing: areHidden ? [{ text: 'The results are shown once the poll is closed' }] : standing(poll, result),
  }
}

function howToVote({ method, maxChoices }: Poll): string {
  if (method === 'single_choice') return 'Choose an option to vote. You can change your vote until the poll is closed.'
  const many = maxChoices === null ? 'as many options as you like' : `up to ${maxChoices} options`
  return `Choose ${many}, each with one click; a second one takes it back. You can do so until the poll is closed.`
}

/** The times that what is shown of a poll is relative to. */
export function timesOf({ lastActivityAt, closesAt, status }: Poll): Date[] {
  return closesAt && status === 'open' ? [lastActivityAt, closesAt] : [lastActivityAt]
}

/** Percentages are of the ballots; their sum may be off by rounding. */
function percent(votes: number, total: number): number {
  return total === 0 ? 0 : Math.round((votes / total) * 100)
}

/** Where the poll stands, in a sentence: who leads, or who won. */
function standing(poll: Poll, { kind, options }: Outcome): Phrase[] {
  const titles = names(poll, options)
  const isOpen = poll.status === 'open'
  if (kind === 'no_votes') return [{ text: isOpen ? 'Nobody has voted yet' : 'Nobody voted' }]
  if (kind === 'no_quorum') return [{ text: tooFew(poll) }]
  if (kind === 'winner') return isOpen ? [...titles, { text: ' leads' }] : [{ text: 'Winner: ' }, ...titles]
  return [{ text: isOpen ? 'It is a tie so far: ' : 'It is a tie: ' }, ...titles]
}

function tooFew({ status, totalVotes, quorum }: Poll): string {
  const some = `${totalVotes.toLocaleString('en')} of at least ${quorum?.toLocaleString('en')} people`
  return status === 'open' ? `No result yet: ${some} have voted` : `No result: ${some} voted`
}

export function commentModel({ revision, author, at, body }: Comment, now: Date) {
  return { revision, author: author.name, body: linked(body), at: shownTime(at, now) }
}

export function eventModel({ revision, actor, at, facts }: PollEvent, poll: Poll, now: Date) {
  const what = whatHappened(shownFacts(facts, poll), poll)
  return { revision, actor: actor.name, type: facts.type, what, at: shownTime(at, now) }
}

/** Reads on from the actor's name. */
function whatHappened(facts: EventFacts, poll: Poll): Phrase[] {
  if (areResultsHidden(poll) && facts.type in hiddenVotes) return [{ text: hiddenVotes[facts.type as HiddenVote] }]
  switch (facts.type) {
    case 'created':
      return [{ text: 'created the poll' }]
    case 'voted':
      return [{ text: 'voted for ' }, ...names(poll, facts.choices)]
    case 'vote_changed':
      return [
        { text: 'changed the vote from ' },
        ...names(poll, facts.from),
        { text: ' to ' },
        ...names(poll, facts.to),
      ]
    case 'vote_withdrawn':
      return [{ text: 'removed the vote for ' }, ...names(poll, facts.from)]
    case 'option_added':
      return [{ text: 'added the option ' }, { title: facts.option.title }]
    case 'commented':
      return [{ text: 'commented' }]
    case 'edited':
      return edited(facts)
    case 'closed':
      return [
        { text: facts.onTime ? 'closed the poll on time. ' : 'closed the poll. ' },
        ...closing(facts.outcome, poll),
      ]
    case 'reopened':
      return [{ text: 'reopened the poll' }]
    case 'archived':
      return [{ text: 'archived the poll' }]
    case 'unarchived':
      return [{ text: 'put the poll back into the lists' }]
    case 'deleted':
      return [{ text: 'deleted the poll' }]
    case 'guest_merged':
      return merged(facts, poll)
    case 'vote_counted':
      return [{ text: 'signed in, so that the vote for ' }, ...names(poll, facts.choices), { text: ' counts' }]
    default:
      return facts satisfies never
  }
}

/** What is told of votes while nobody may see what they are for. */
const hiddenVotes = {
  voted: 'voted',
  vote_changed: 'changed the vote',
  vote_withdrawn: 'removed the vote',
  vote_counted: 'signed in, so that the vote counts',
}
type HiddenVote = keyof typeof hiddenVotes

function merged(
  { guest, guestChoices, from, to }: Extract<EventFacts, { type: 'guest_merged' }>,
  poll: Poll,
): Phrase[] {
  const who: Phrase[] = [{ text: 'was the guest ' }, { title: guest.name }, { text: ' here' }]
  const [theirs, own, left] = [names(poll, guestChoices), names(poll, from), names(poll, to)]
  if (guestChoices.length === 0) return who
  if (from.length === 0) return [...who, { text: ', who voted for ' }, ...theirs]
  if (from.join() === guestChoices.join())
    return [...who, { text: ': two votes for ' }, ...own, { text: ' became one' }]
  const votes = [{ text: ': of the votes for ' }, ...theirs, { text: ' and for ' }, ...own]
  return [...who, ...votes, { text: ' only the newer counts, for ' }, ...left]
}

function edited(facts: Extract<EventFacts, { type: 'edited' }>): Phrase[] {
  const { title, description, category, optionsOpen, votersSignedIn, closesAt } = facts
  const changes: Phrase[][] = []
  if (title) changes.push(fromTo('changed the title', title))
  if (description) changes.push([{ text: 'changed the description' }])
  if (category) changes.push(moved(category))
  if (optionsOpen)
    changes.push([{ text: optionsOpen.to ? 'let others add options' : 'kept the adding of options to themselves' }])
  if (votersSignedIn)
    changes.push([{ text: votersSignedIn.to ? 'let only people vote who have signed in' : 'let guests vote' }])
  if (closesAt) changes.push([{ text: closingTime(closesAt) }])
  return [...inOneSentence(changes), ...guestVotes(facts)]
}

function closingTime({ to }: Change<string | null>): string {
  return to === null ? 'took back when the poll closes' : `set the poll to close on ${exactTime(new Date(to))}`
}

function guestVotes({ uncounted = [], recounted = [] }: Extract<EventFacts, { type: 'edited' }>): Phrase[] {
  const notes: Phrase[] = []
  if (uncounted.length > 0)
    notes.push({ text: `. Votes of guests that do not count until they sign in: ${uncounted.length}` })
  if (recounted.length > 0) notes.push({ text: `. Votes of guests that count again: ${recounted.length}` })
  return notes
}

function moved({ from, to }: Change<string>): Phrase[] {
  if (from === '') return [{ text: 'put the poll into the category ' }, { title: to }]
  if (to === '') return [{ text: 'took the poll out of the category ' }, { title: from }]
  return fromTo('moved the poll', { from, to })
}

function fromTo(what: string, { from, to }: Change<string>): Phrase[] {
  return [{ text: `${what} from ` }, { title: from }, { text: ' to ' }, { title: to }]
}

function closing({ kind, options }: Outcome, poll: Poll): Phrase[] {
  if (kind === 'no_votes') return [{ text: 'Nobody voted' }]
  if (kind === 'no_quorum') return [{ text: 'Too few voted for a result' }]
  return [{ text: kind === 'winner' ? 'Winner: ' : 'It is a tie: ' }, ...names(poll, options)]
}

/** The options' titles. */
function names(poll: Poll, ids: Choices): Phrase[] {
  const titles = ids.map((id) => poll.options.find((option) => option.id === id)?.title ?? 'an option')
  return inOneSentence(titles.map((title) => [{ title }]))
}

/** As English lists things: "A", "A and B", "A, B and C". */
function inOneSentence(parts: readonly Phrase[][]): Phrase[] {
  return parts.flatMap((part, index) => {
    if (index === 0) return part
    return [{ text: index === parts.length - 1 ? ' and ' : ', ' }, ...part]
  })
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
