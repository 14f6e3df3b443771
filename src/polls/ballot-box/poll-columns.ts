import { Prisma } from '../../database/generated/client.ts'
import { personFrom } from '../../people/model/person-name.ts'
import { chatOf, hasSignedIn, joinPerson } from '../../people/sql.ts'
import type { Poll, Proposal } from '../model/poll.ts'

/** A column of `polls`: its type in PostgreSQL, and what changes a poll's value after it was created. */
type Column = { field: keyof PollColumns; column: string; type: string; changedBy: 'nothing' | 'edits' | 'votes' }

type PollColumns = Omit<
  Poll,
  'title' | 'titleRevision' | 'formerTitle' | 'description' | 'category' | 'options' | 'proposals' | 'createdBy'
> & { createdById: string }

/** The one list of the columns of `polls`: every statement that reads or writes a whole poll is made of it. */
const columns: readonly Column[] = [
  fixed('id', 'id', 'text'),
  updatable('status', 'status', 'poll_status'),
  counted('revision', 'revision', 'int'),
  updatable('rulesRevision', 'rules_revision', 'int'),
  updatable('method', 'method', 'poll_method'),
  updatable('maxChoices', 'max_choices', 'int'),
  updatable('resultsVisible', 'results_visible', 'results_visible'),
  updatable('quorum', 'quorum', 'int'),
  updatable('remindHours', 'remind_hours', 'int'),
  updatable('votesFinal', 'votes_final', 'boolean'),
  updatable('capacity', 'capacity', 'int'),
  updatable('electorate', 'electorate', 'int'),
  updatable('timeZone', 'time_zone', 'text'),
  fixed('hasRoll', 'has_roll', 'boolean'),
  updatable('optionsOpen', 'options_open', 'boolean'),
  updatable('optionsModerated', 'options_moderated', 'boolean'),
  updatable('votersSignedIn', 'voters_signed_in', 'boolean'),
  updatable('unlisted', 'unlisted', 'boolean'),
  fixed('anonymous', 'anonymous', 'boolean'),
  counted('totalVotes', 'total_votes', 'int'),
  counted('totalComments', 'total_comments', 'int'),
  updatable('createdById', 'created_by_id', 'text'),
  fixed('createdAt', 'created_at', 'timestamptz'),
  counted('lastActivityAt', 'last_activity_at', 'timestamptz'),
  updatable('closesAt', 'closes_at', 'timestamptz'),
  updatable('closedAt', 'closed_at', 'timestamptz'),
  updatable('remindedAt', 'reminded_at', 'timestamptz'),
  updatable('outcome', 'outcome', 'jsonb'),
  updatable('settledOptionId', 'settled_option_id', 'text'),
  updatable('archivedAt', 'archived_at', 'timestamptz'),
  updatable('deletedAt', 'deleted_at', 'timestamptz'),
]

function fixed(field: Column['field'], column: string, type: string): Column {
  return { field, column, type, changedBy: 'nothing' }
}

function updatable(field: Column['field'], column: string, type: string): Column {
  return { field, column, type, changedBy: 'edits' }
}

/** Changed by every vote or comment. */
function counted(field: Column['field'], column: string, type: string): Column {
  return { field, column, type, changedBy: 'votes' }
}

/** A poll as `pollColumns` selects it from polls p, poll_texts t and people c, its creator. */
export type PollRow = Omit<Poll, 'createdBy' | 'proposals'> & {
  createdById: string
  createdByName: string
  isCreatorSignedIn: boolean
  creatorChat: string | null
  proposals: Proposal[] | null
}

export const pollColumns = Prisma.sql`
  ${Prisma.raw(columns.map(({ field, column }) => `p.${column} AS "${field}"`).join(', '))},
  t.title, t.title_revision AS "titleRevision", t.former_title AS "formerTitle", t.description, coalesce(t.category, '') AS category,
  c.name AS "createdByName", ${hasSignedIn(Prisma.sql`c.id`)} AS "isCreatorSignedIn",
  ${chatOf(Prisma.sql`c.id`)} AS "creatorChat", (
    SELECT jsonb_agg(
      jsonb_build_object(
        'id', o.id, 'title', o.title, 'formerTitle', o.former_title,
        'renamedAtRevision', o.renamed_at_revision, 'votes', o.votes, 'maybes', o.maybes, 'addedById', o.added_by_id
      ) ORDER BY o.position)
    FROM options o WHERE o.poll_id = p.id
  ) AS options, CASE WHEN p.options_moderated THEN (
    SELECT jsonb_agg(
      jsonb_build_object('id', s.id, 'title', s.title, 'proposedById', s.proposed_by_id) ORDER BY s.position)
    FROM proposals s WHERE s.poll_id = p.id
  ) END AS proposals`

/** For `pollColumns`. */
export const pollTables = Prisma.sql`
  polls p JOIN poll_texts t ON t.poll_id = p.id ${joinPerson('c', Prisma.sql`p.created_by_id`)}`

/** @param row may have other columns, which are left out of the poll */
export function pollFromRow(row: PollRow): Poll {
  const { title, titleRevision, formerTitle, description, category, options, proposals } = row
  const { createdById, ...stored } = Object.fromEntries(
    columns.map(({ field }) => [field, row[field]]),
  ) as unknown as PollColumns
  const createdBy = personFrom({
    ...{ id: createdById, name: row.createdByName },
    ...{ isSignedIn: row.isCreatorSignedIn, chat: row.creatorChat },
  })
  return {
    ...stored,
    title,
    titleRevision,
    formerTitle,
    description,
    category,
    options,
    proposals: proposals ?? [],
    createdBy,
  }
}

/** The row of `polls` that `upsertPolls` takes. */
export function rowOfPoll(poll: Poll): Record<string, unknown> {
  return rowOf(columns, poll)
}

/** What `countPolls` takes of a poll. */
export function countsOfPoll(poll: Poll): Record<string, unknown> {
  return rowOf(countedColumns, poll)
}

/** Whether only those columns differ that every vote or comment changes. */
export function differsInCountsOnly(one: Poll, other: Poll): boolean {
  const [before, after] = [columnsOf(one), columnsOf(other)]
  return columns.every(({ field, changedBy }) => changedBy === 'votes' || before[field] === after[field])
}

function rowOf(some: readonly Column[], poll: Poll): Record<string, unknown> {
  const values = columnsOf(poll)
  return Object.fromEntries(some.map(({ field, column }) => [column, values[field]]))
}

function columnsOf(poll: Poll): PollColumns {
  return { ...poll, createdById: poll.createdBy.id }
}

const namesOf = (some: readonly Column[]) => some.map(({ column }) => column).join(', ')
const typesOf = (some: readonly Column[]) => some.map(({ column, type }) => `${column} ${type}`).join(', ')
const countedColumns = columns.filter(({ changedBy }) => changedBy === 'votes')
const updates = columns
  .flatMap(({ column, changedBy }) => (changedBy === 'nothing' ? [] : `${column} = excluded.${column}`))
  .join(', ')

const insertPolls = Prisma.raw(
  `upserted_polls AS (INSERT INTO polls (${namesOf(columns)}) SELECT * FROM jsonb_to_recordset(`,
)
const orUpdatePolls = Prisma.raw(`::jsonb) AS r(${typesOf(columns)}) ON CONFLICT (id) DO UPDATE SET ${updates})`)

/** Inserts new polls and updates known ones. @param rows of `rowOfPoll`, as a JSON array */
export function upsertPolls(rows: string): Prisma.Sql {
  return Prisma.sql`${insertPolls}${rows}${orUpdatePolls}`
}

const updateCounts = Prisma.raw(`), counted_polls AS (
  UPDATE polls p SET (${namesOf(countedColumns)}) = (
    SELECT r.* FROM poll_counts c, jsonb_to_record(c.by_id -> p.id) AS r(${typesOf(countedColumns)}))
  WHERE p.id = ANY(ARRAY(SELECT jsonb_object_keys(by_id) FROM poll_counts)))`)

/**
 * Updates polls of which only the counts have changed. There is no join, for which PostgreSQL may read the whole table.
 *
 * @param byId `countsOfPoll` by the poll's id, as a JSON object
 */
export function countPolls(byId: string): Prisma.Sql {
  return Prisma.sql`poll_counts AS (SELECT ${byId}::jsonb AS by_id${updateCounts}`
}
