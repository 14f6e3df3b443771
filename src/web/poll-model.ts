import { linked } from '../links.ts'
import { highestScore } from '../polls/choice.ts'
import { mostPossible, outcomeOf } from '../polls/methods/counting-method.ts'
import type { Comment } from '../polls/queries.ts'
import { areResultsHidden } from '../polls/results-visible.ts'
import { pollPath } from '../polls/slug.ts'
import type { Outcome, Poll } from '../polls/types.ts'
import { counted, names, type Phrase } from './phrases.ts'
import { comingTime, shownTime } from './time.ts'

/** What the templates show of a poll, the same for everybody. @param result what the count says, if it is known */
export function pollModel(poll: Poll, now: Date, result = outcomeOf(poll)) {
  const areHidden = areResultsHidden(poll)
  return {
    id: poll.id,
    path: pollPath(poll),
    title: poll.title,
    description: linked(poll.description),
    category: poll.category && { name: poll.category, href: `/?${new URLSearchParams({ category: poll.category })}` },
    status: poll.status,
    isOpen: poll.status === 'open',
    method: poll.method,
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
            count: counted(votes, nouns[poll.method]),
            percent: percent(votes, mostPossible(poll)),
            share: share(votes, poll),
            leads: result?.options.includes(id),
            rank: result?.kind === 'tie' ? 'Tied' : poll.status === 'open' ? 'Leader' : 'Winner',
          },
    ),
    standing: areHidden ? [{ text: 'The results are shown once the poll is closed' }] : standing(poll, result),
  }
}

function howToVote({ method, maxChoices }: Poll): string {
  if (method === 'single_choice') return 'Choose an option to vote. You can change your vote until the poll is closed.'
  if (method === 'ranked')
    return 'Put as many options as you like into your order, the best first. You can change it until the poll is closed.'
  if (method === 'score')
    return `Give each option 0 to ${highestScore} points. You can change them until the poll is closed.`
  const many = maxChoices === null ? 'as many options as you like' : `up to ${maxChoices} options`
  return `Choose ${many}, each with one click; a second one takes it back. You can do so until the poll is closed.`
}

/** The times that what is shown of a poll is relative to. */
export function timesOf({ lastActivityAt, closesAt, status }: Poll): Date[] {
  return closesAt && status === 'open' ? [lastActivityAt, closesAt] : [lastActivityAt]
}

const nouns = { single_choice: 'vote', multiple_choice: 'vote', score: 'point', ranked: 'first choice' }

/** Of what all ballots can give; the mean, in a poll of scores. */
function share(votes: number, poll: Poll): string {
  if (poll.method !== 'score') return `${percent(votes, poll.totalVotes)}%`
  const mean = poll.totalVotes === 0 ? 0 : votes / poll.totalVotes
  return `${mean.toFixed(1)} of ${highestScore}`
}

/** Rounded, so that their sum may be off. */
function percent(votes: number, total: number): number {
  return total === 0 ? 0 : Math.round((votes / total) * 100)
}

/** Where the poll stands, in a sentence: who leads, or who won. */
function standing(poll: Poll, outcome: Outcome | undefined): Phrase[] {
  if (!outcome) return [{ text: `${counted(poll.totalVotes, 'ranking')} so far` }]
  const { kind, options } = outcome
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
