import type { FastifyRequest } from 'fastify'
import type { PersonName } from '../people/model/person-name.ts'
import { pollPath } from '../polls/model/ids.ts'
import { counted, names, type Phrase } from '../polls/model/phrases.ts'
import type { Poll } from '../polls/model/poll.ts'
import type { PollFilter, PollView } from '../polls/queries/poll-queries.ts'
import { type CreatorStep, canAdd, creatorSteps, isCreator, mayWithdraw } from '../polls/rules/permissions.ts'
import type { Page, ViewContext } from '../server/views.ts'
import { searchIn } from './poll-list.ts'
import { comingTime, type ShownTime, shownTime } from './time.ts'
import type { WebOptions } from './web-options.ts'

const rowsShown = 50
/** A longer vote names this many options and counts the others. */
const maxNamedOptions = 2

const statuses = ['open', 'closed', 'archived'] as const

/** Which of a person's polls the page lists. */
export type MyPollsQuery = {
  list: 'created' | 'voted'
  status: (typeof statuses)[number] | undefined
  q: string
  cursor: string | undefined
}

type Tab = { label: string; href: string; isCurrent: boolean }

/** `closes` is in the future, `closed` in the past. `own` is the person's vote, in words. */
type MyPoll = {
  id: string
  path: string
  title: string
  status: 'open' | 'closed' | 'archived'
  statusName: string
  votes: string
  closes: ShownTime | undefined
  closed: ShownTime | undefined
  own: Phrase[]
  author: PersonName | undefined
  actions: Actions
}

/** What the person can do in a row: with a poll of theirs, or with their vote. */
type Actions = {
  steps: { step: CreatorStep; label: string }[]
  /** Closing publishes the ballots: the poll's page asks first. */
  closesOnPage: boolean
  /** What the link to the vote is for. */
  toVote?: string
  mayWithdraw: boolean
  mayUseAgain: boolean
}

export type MyPollsModel = {
  query: MyPollsQuery
  polls: MyPoll[]
  next: string | undefined
  first: string
  here: string
  lists: Tab[]
  tabs: Tab[]
}

export type MyPollsPart = ViewContext & { page: Pick<Page['page'], 'csrf'>; mine: MyPollsModel }

/** Invalid values are ignored, except a cursor. */
export function myPollsQuery(request: FastifyRequest): MyPollsQuery {
  const { list, status, q, cursor } = request.query as Record<string, unknown>
  return {
    list: list === 'voted' ? list : 'created',
    status: statuses.find((one) => one === status),
    q: searchIn(q),
    cursor: typeof cursor === 'string' ? cursor : undefined,
  }
}

/** The polls that a person created, or voted in: a page of a table, however many there are. */
export async function myPolls(
  { services }: WebOptions<'clock' | 'polls'>,
  query: MyPollsQuery,
  person: PersonName,
): Promise<MyPollsModel> {
  const page = { cursor: query.cursor, limit: rowsShown }
  const { polls, next } = await services.polls.list(filterOf(query, person), page, person.id)
  const now = services.clock()
  return {
    query,
    polls: polls.map((view) => rowOf(view, query, person, now)),
    next: next === null ? undefined : link({ ...query, cursor: next }),
    first: link({ ...query, cursor: undefined }),
    here: link(query),
    lists: [tab('Created by you', query, { list: 'created' }), tab('You voted', query, { list: 'voted' })],
    tabs: [
      tab('All', query, { status: undefined }),
      ...statuses.map((status) => tab(statusNames[status], query, { status })),
    ],
  }
}

function filterOf({ list, status, q }: MyPollsQuery, { id }: PersonName): PollFilter {
  return {
    ...(list === 'created' ? { createdById: id } : { votedById: id }),
    ...(status === 'archived' || status === undefined ? {} : { status }),
    archived: status === 'archived' ? 'only' : status === undefined,
    q,
  }
}

const statusNames = { open: 'Open', closed: 'Closed', archived: 'Archived' }

function rowOf(view: PollView, { list }: MyPollsQuery, person: PersonName, now: Date): MyPoll {
  const { poll } = view
  const status = poll.archivedAt === null ? poll.status : 'archived'
  return {
    id: poll.id,
    path: pollPath(poll),
    title: poll.title,
    status,
    statusName: statusNames[status],
    votes: counted(poll.totalVotes, 'vote'),
    closes: poll.status === 'open' && poll.closesAt ? comingTime(poll.closesAt, now, poll.timeZone) : undefined,
    closed: poll.closedAt ? shownTime(poll.closedAt, now) : undefined,
    own: ownVote(view),
    author: isCreator(poll, person) ? undefined : poll.createdBy,
    actions: list === 'created' ? creatorActions(poll) : voterActions(view),
  }
}

function creatorActions(poll: Poll): Actions {
  const closesOnPage = poll.status === 'open' && poll.anonymous
  const steps = creatorSteps(poll).filter((step) => step in stepLabels && !(step === 'close' && closesOnPage))
  return {
    steps: steps.map((step) => ({ step, label: stepLabels[step] ?? '' })),
    closesOnPage,
    mayWithdraw: false,
    mayUseAgain: true,
  }
}

/** An anonymous vote is withdrawn on the poll's page, with its receipt: `choices` are not known here. */
function voterActions(view: PollView): Actions {
  const { poll, choices } = view
  return {
    steps: [],
    closesOnPage: false,
    toVote: poll.status === 'closed' ? 'See the result' : voteLabel(view),
    mayWithdraw: mayWithdraw(poll, choices),
    mayUseAgain: poll.status === 'closed',
  }
}

/** What a voter can do in an open poll. The page says why a vote that is not counted cannot be changed. */
function voteLabel({ poll, choices, setAside }: PollView): string {
  if (setAside.length > 0) return 'See the poll'
  if (!poll.votesFinal) return 'Change vote'
  return choices.length > 0 && canAdd(poll, choices) ? 'Add to vote' : 'See the poll'
}

const stepLabels: Partial<Record<CreatorStep, string>> = {
  close: 'Close',
  reopen: 'Reopen',
  archive: 'Archive',
  unarchive: 'Unarchive',
}

function ownVote({ poll, choices, setAside, hasVoted }: PollView): Phrase[] {
  if (poll.anonymous) return hasVoted ? [{ text: 'Voted' }] : []
  if (setAside.length > 0) return [{ text: 'Not counted: ' }, ...names(poll, setAside, maxNamedOptions)]
  return names(poll, choices, maxNamedOptions)
}

function tab(label: string, query: MyPollsQuery, change: Partial<MyPollsQuery>): Tab {
  const wanted = { ...query, ...change, cursor: undefined }
  const isCurrent = wanted.list === query.list && wanted.status === query.status
  return { label, href: link(wanted), isCurrent }
}

function link({ list, status, q, cursor }: MyPollsQuery): string {
  const given = { list: list === 'voted' ? list : '', status, q, cursor }
  const set = Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return set.length === 0 ? '/me' : `/me?${new URLSearchParams(set)}`
}
