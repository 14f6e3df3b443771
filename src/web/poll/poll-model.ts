import { createHash } from 'node:crypto'
import { chatName } from '../../people/model/person-name.ts'
import { finalOutcome, maxPossible, outcomeOf } from '../../polls/counting/methods.ts'
import { whyNoWinner } from '../../polls/counting/no-winner.ts'
import { chosen, highestScore } from '../../polls/model/choices/choices.ts'
import { pollPath } from '../../polls/model/ids.ts'
import { counted, names, type Phrase, type TitlePhrase, titled } from '../../polls/model/phrases.ts'
import type { Outcome, Poll, PollOption } from '../../polls/model/poll.ts'
import type { PollMethod } from '../../polls/model/poll-rules.ts'
import { linked } from '../../polls/model/text-format.ts'
import type { Comment } from '../../polls/queries/poll-queries.ts'
import { areBallotsOpened, minToPublish } from '../../polls/rules/closing.ts'
import { mayDeleteComment, mayEditComment } from '../../polls/rules/managing/comments.ts'
import { creatorSteps, isFull } from '../../polls/rules/permissions.ts'
import { areOptionsSettled } from '../../polls/rules/proposals.ts'
import { areResultsHidden, untilWhen } from '../../polls/rules/visibility.ts'
import { comingTime, shownTime } from '../time.ts'

/** The state of the creator's controls: an open page fetches them again when it changes. */
export function controlsOf(poll: Poll): string {
  const dates = poll.method === 'dates' ? [poll.settledOptionId ?? '', optionsTag(poll)] : []
  return [...creatorSteps(poll), ...dates].join(' ')
}

export function publishedBallotsPath(pollId: string): string {
  return `/polls/${pollId}/ballots`
}

export type PollModel = ReturnType<typeof pollModel>

/** `former` is the title under which people voted for it. */
export type OptionModel = TitlePhrase & { id: string; former: TitlePhrase | undefined; votes: number } & (
    | { leads: false; count?: undefined; isFull?: undefined }
    | {
        leads: boolean
        count: string
        percent: number
        /** Of a date: the part of `percent` that says yes. */
        yesPercent: number
        share: string
        isFull: boolean
        rank: string
      }
  )

/** A poll as the templates show it, the same for everybody. @param result the outcome of the count, if it is known */
export function pollModel(poll: Poll, now: Date, result = outcomeOf(poll)) {
  const areHidden = areResultsHidden(poll)
  return {
    id: poll.id,
    path: pollPath(poll),
    title: poll.title,
    formerTitle: poll.formerTitle,
    description: linked(poll.description),
    category: poll.category && { name: poll.category, href: `/?${new URLSearchParams({ category: poll.category })}` },
    status: poll.status,
    isOpen: poll.status === 'open',
    method: poll.method,
    zone: poll.timeZone ?? 'UTC',
    settled: poll.settledOptionId ?? undefined,
    howToVote: howToVote(poll),
    optionsOpen: poll.optionsOpen,
    areOptionsSettled: areOptionsSettled(poll),
    votersSignedIn: poll.votersSignedIn,
    votesFinal: poll.votesFinal,
    anonymous: poll.anonymous,
    unlisted: poll.unlisted,
    minToPublish: minToPublish(poll).toLocaleString('en'),
    ballotsPath: areBallotsOpened(poll) ? publishedBallotsPath(poll.id) : undefined,
    revision: poll.revision,
    isArchived: poll.archivedAt !== null,
    controls: controlsOf(poll),
    creatorSteps: creatorSteps(poll),
    createdBy: poll.createdBy,
    created: shownTime(poll.createdAt, now),
    closes: poll.status === 'open' && poll.closesAt ? comingTime(poll.closesAt, now, poll.timeZone) : undefined,
    closed: poll.closedAt && shownTime(poll.closedAt, now),
    votes: howMany(poll),
    totalVotes: poll.totalVotes,
    downloads: !areHidden && poll.totalVotes > 0 ? (poll.anonymous ? 'ballots' : 'votes') : undefined,
    calendar: hasCalendar(poll) ? `/polls/${poll.id}/outcome.ics` : undefined,
    totalComments: poll.totalComments,
    optionsTag: optionsTag(poll),
    options: poll.options.map((option) => optionModel(poll, option, areHidden ? undefined : result)),
    hasWinner: poll.settledOptionId !== null || (result?.options.length ?? 0) > 0,
    tieNote: !areHidden && result?.kind === 'tie' ? tieNotes[poll.method] : undefined,
    proposals: poll.proposals.map(({ id, title }) => ({ id, ...titled(poll, title) })),
    optionsModerated: poll.optionsModerated,
    standing:
      areHidden && poll.status === 'open'
        ? [{ text: `The results are shown once ${untilWhen(poll)}` }]
        : standing(poll, result),
  }
}

/** @param result undefined while it is hidden or not known */
function optionModel(poll: Poll, option: PollOption, result: Outcome | undefined): OptionModel {
  const { id, votes } = option
  const former = option.formerTitle === null ? undefined : titled(poll, option.formerTitle)
  const named = { id, ...titled(poll, option.title), former }
  if (areResultsHidden(poll)) return { ...named, votes: 0, leads: false }
  return {
    ...named,
    votes,
    count: countOf(poll, option),
    percent: percent(poll.method === 'dates' ? votes + option.maybes : votes, poll.capacity ?? maxPossible(poll)),
    yesPercent: percent(votes, maxPossible(poll)),
    share: share(option, poll),
    isFull: isFull(poll, id),
    leads: poll.settledOptionId ? poll.settledOptionId === id : (result?.options.includes(id) ?? false),
    rank: poll.settledOptionId ? 'Settled' : rankIn(poll, result?.kind === 'tie'),
  }
}

function rankIn({ method, status }: Poll, isTied: boolean): string {
  if (method === 'dates') return isTied ? 'Tied for best' : status === 'open' ? 'Best so far' : 'Best'
  return isTied ? 'Tied' : status === 'open' ? 'Leader' : 'Winner'
}

function countOf({ method, capacity }: Poll, { votes, maybes }: PollOption): string {
  if (method === 'dates') {
    const yes = `${votes.toLocaleString('en')} yes`
    return maybes === 0 ? yes : `${yes}, ${maybes.toLocaleString('en')} if need be`
  }
  return capacity === null ? counted(votes, nouns[method]) : placesTaken(votes, capacity)
}

/** Rankings and dates explain ties where they explain the count. */
const tieNotes: Partial<Record<PollMethod, string>> = {
  single_choice: 'Options with the same number of votes are tied. Ties are not broken.',
  multiple_choice: 'Options with the same number of votes are tied. Ties are not broken.',
  score: 'Options with the same number of points are tied. Ties are not broken.',
}

/** Changes with the question and with every option that is added or renamed. Open pages then fetch their ballot again. */
function optionsTag({ titleRevision, options }: Poll): string {
  const hash = createHash('sha256').update(`${titleRevision}\n`)
  for (const { title } of options) hash.update(`${title}\n`)
  return hash.digest('base64url').slice(0, 8)
}

function howMany({ method, totalVotes, electorate }: Poll): string {
  const noun = method === 'single_choice' ? 'vote' : 'voter'
  return electorate === null
    ? counted(totalVotes, noun)
    : `${totalVotes.toLocaleString('en')} of ${counted(electorate, noun)}`
}

function howToVote(poll: Poll): string {
  const who = poll.hasRoll ? ['Only people on the voter list can vote.'] : []
  return [ways[poll.method](poll), ...who].join(' ')
}

const ways: Record<PollMethod, (poll: Poll) => string> = {
  single_choice: () => 'Choose one option.',
  multiple_choice: ({ maxChoices }) =>
    maxChoices === null ? 'Choose as many options as you like.' : `Choose up to ${maxChoices} options.`,
  dates: () => 'Answer yes, if need be or no for each date.',
  score: () => `Give options 0 to ${highestScore} points. Options that you leave out get none.`,
  ranked: () => 'Put options in order, the best first. You can leave some out.',
}

/** Whether the poll is a closed poll of dates with a date to meet: the settled one, a winner, or a tie. */
export function hasCalendar(poll: Poll): boolean {
  if (poll.method !== 'dates' || poll.status === 'open') return false
  return poll.settledOptionId !== null || finalOutcome({ poll, ballots: new Map() }).votes > 0
}

/** The times that a poll's page shows relative to now. */
export function timesOf({ lastActivityAt, closesAt, status }: Poll): Date[] {
  return closesAt && status === 'open' ? [lastActivityAt, closesAt] : [lastActivityAt]
}

const nouns = { single_choice: 'vote', multiple_choice: 'vote', score: 'point', ranked: 'first choice', dates: 'yes' }

/** The share of the voters; in a poll of points, the mean. */
function share({ votes, maybes }: PollOption, poll: Poll): string {
  if (poll.method === 'dates') return `${percent(votes + maybes, poll.totalVotes)}%`
  if (poll.method !== 'score') return `${percent(votes, poll.totalVotes)}%`
  const mean = poll.totalVotes === 0 ? 0 : votes / poll.totalVotes
  return `${mean.toFixed(1)} of ${highestScore}`
}

function placesTaken(votes: number, capacity: number): string {
  return `${votes.toLocaleString('en')} of ${counted(capacity, 'possible vote')}`
}

/** Rounded, so the percentages may not add up to 100. */
function percent(votes: number, total: number): number {
  return total === 0 ? 0 : Math.round((votes / total) * 100)
}

/** The leader or the winner, in a sentence. */
function standing(poll: Poll, outcome: Outcome | undefined): Phrase[] {
  if (!outcome) return [{ text: `${counted(poll.totalVotes, 'ranking')} so far` }]
  const { kind, options } = outcome
  const titles = names(poll, chosen(options))
  if (poll.settledOptionId !== null) return settledOn(poll, poll.settledOptionId, outcome)
  const isOpen = poll.status === 'open'
  if (kind === 'no_votes') return [{ text: isOpen ? 'Nobody has voted yet' : 'Nobody voted' }]
  if (kind === 'no_quorum') return [{ text: quorumWords(poll) }]
  const why = whyNoWinner(kind, poll.method)
  if (why) return [{ text: isOpen && kind === 'no_support' ? `${why} so far` : why }]
  if (kind === 'winner') return isOpen ? [...titles, { text: ' leads' }] : [{ text: 'Winner: ' }, ...titles]
  return [{ text: isOpen ? 'It is a tie so far: ' : 'It is a tie: ' }, ...titles]
}

/** The creator may settle on another date than the one that wins the count. */
function settledOn(poll: Poll, settledId: string, { kind, options }: Outcome): Phrase[] {
  const date = [{ text: 'Settled on ' }, ...names(poll, chosen([settledId]))]
  if (kind !== 'winner' || options.includes(settledId)) return date
  return [...date, { text: '. Best in the count: ' }, ...names(poll, chosen(options))]
}

function quorumWords({ status, totalVotes, quorum }: Poll): string {
  const some = `${totalVotes.toLocaleString('en')} of at least ${quorum?.toLocaleString('en')} people`
  return status === 'open' ? `No result yet: ${some} have voted` : `No result: ${some} voted`
}

export type CommentModel = ReturnType<typeof commentModel>

type CommentContext = { bodyHtml: string; now: Date; poll: Poll; viewer: { id: string } | undefined }

/** What the viewer may do with a comment is false in lists that all viewers share. */
export function commentModel({ revision, author, at, editedAt, from }: Comment, context: CommentContext) {
  const { bodyHtml, now, poll, viewer } = context
  return {
    revision,
    author,
    bodyHtml,
    at: shownTime(at, now),
    edited: editedAt && shownTime(editedAt, now),
    from: from && chatName(from.chat),
    mayEdit: mayEditComment(author.id, viewer),
    mayDelete: mayDeleteComment(poll, author.id, viewer),
  }
}
