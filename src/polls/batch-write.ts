import type { Prisma } from '../database/generated/client.ts'
import type { Batch, Locked } from './batch.ts'
import { categoryKey } from './category-key.ts'
import { optionKey } from './option-key.ts'
import type { Choices, Poll, PollEvent } from './types.ts'

type Changed = Locked & { poll: Poll }

/**
 * Writes what the batch changed, in one statement however much that is: every table gets its rows as one JSON
 * parameter. Constraints have the last word: one that is violated undoes the whole batch.
 */
export async function writeBatch(tx: Prisma.TransactionClient, batch: Batch, now: Date): Promise<void> {
  const polls = [...batch.polls.values()].flatMap((locked): Changed[] =>
    locked.state && locked.events.length > 0 ? [{ ...locked, poll: locked.state.poll }] : [],
  )
  const keys = [...batch.keys.values()].filter(({ isNew }) => isNew)
  if (polls.length === 0 && keys.length === 0) return
  const { cast, withdrawn } = ballotRows(polls)
  await tx.$executeRaw`
    WITH cast_ballots AS (
      INSERT INTO ballots (poll_id, person_id, choices, revision)
      SELECT * FROM jsonb_to_recordset(${json(cast)}::jsonb)
        AS r(poll_id text, person_id text, choices text[], revision int)
      ON CONFLICT (poll_id, person_id) DO UPDATE SET choices = excluded.choices, revision = excluded.revision
    ), withdrawn_ballots AS (
      DELETE FROM ballots b USING jsonb_to_recordset(${json(withdrawn)}::jsonb) AS r(poll_id text, person_id text)
      WHERE b.poll_id = r.poll_id AND b.person_id = r.person_id
    ), counted_options AS (
      INSERT INTO options (poll_id, id, position, title, title_key, votes, added_by_id)
      SELECT * FROM jsonb_to_recordset(${json(polls.flatMap(optionRows))}::jsonb)
        AS r(poll_id text, id text, position int, title text, title_key text, votes int, added_by_id text)
      ON CONFLICT (poll_id, id) DO UPDATE SET votes = excluded.votes
    ), logged_events AS (
      INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
      SELECT * FROM jsonb_to_recordset(${json(polls.flatMap(eventRows))}::jsonb)
        AS r(poll_id text, revision int, type text, actor_id text, at timestamptz, facts jsonb)
    ), made_comments AS (
      INSERT INTO comments (poll_id, revision, author_id, at, body)
      SELECT * FROM jsonb_to_recordset(${json(polls.flatMap(commentRows))}::jsonb)
        AS r(poll_id text, revision int, author_id text, at timestamptz, body text)
    ), written_texts AS (
      INSERT INTO poll_texts (poll_id, title, description, category, category_key)
      SELECT * FROM jsonb_to_recordset(${json(polls.flatMap(textRows))}::jsonb)
        AS r(poll_id text, title text, description text, category text, category_key text)
      ON CONFLICT (poll_id) DO UPDATE SET
        title = excluded.title, description = excluded.description,
        category = excluded.category, category_key = excluded.category_key
    ), kept_answers AS (
      INSERT INTO idempotency_keys (person_id, key, fingerprint, answer, created_at)
      SELECT r.*, ${now}::timestamptz FROM jsonb_to_recordset(${json(keys.map(keyRow))}::jsonb)
        AS r(person_id text, key text, fingerprint text, answer jsonb)
    )
    INSERT INTO polls (id, status, revision, options_open, total_votes, total_comments, created_by_id, created_at,
                       last_activity_at, closed_at, archived_at, deleted_at)
    SELECT * FROM jsonb_to_recordset(${json(polls.map(pollRow))}::jsonb)
      AS r(id text, status poll_status, revision int, options_open boolean, total_votes int, total_comments int,
           created_by_id text, created_at timestamptz, last_activity_at timestamptz, closed_at timestamptz,
           archived_at timestamptz, deleted_at timestamptz)
    ON CONFLICT (id) DO UPDATE SET
      status = excluded.status, revision = excluded.revision, options_open = excluded.options_open,
      total_votes = excluded.total_votes, total_comments = excluded.total_comments,
      last_activity_at = excluded.last_activity_at, closed_at = excluded.closed_at,
      archived_at = excluded.archived_at, deleted_at = excluded.deleted_at`
}

const json = JSON.stringify

/** Only how each ballot ends up counts, however often it changed within the batch. */
function ballotRows(polls: readonly Changed[]) {
  const cast: { poll_id: string; person_id: string; choices: Choices; revision: number }[] = []
  const withdrawn: { poll_id: string; person_id: string }[] = []
  for (const { poll, events, state, loaded } of polls) {
    for (const [personId, revision] of lastBallotRevisions(events)) {
      const row = { poll_id: poll.id, person_id: personId }
      const choices = state?.ballots.get(personId)
      if (choices) cast.push({ ...row, choices, revision })
      else if (loaded.voters.has(personId)) withdrawn.push(row)
    }
  }
  return { cast, withdrawn }
}

function lastBallotRevisions(events: readonly PollEvent[]): Map<string, number> {
  const ballotEvents = events.filter(({ facts }) => ['voted', 'vote_changed', 'vote_withdrawn'].includes(facts.type))
  return new Map(ballotEvents.map(({ actor, revision }) => [actor.id, revision]))
}

/** New options, and those whose count changed. */
function optionRows({ poll, loaded }: Changed) {
  return poll.options.flatMap((option, index) =>
    loaded.votes.get(option.id) === option.votes
      ? []
      : {
          poll_id: poll.id,
          id: option.id,
          position: index + 1,
          title: option.title,
          title_key: optionKey(option.title),
          votes: option.votes,
          added_by_id: option.addedById,
        },
  )
}

function eventRows({ poll, events }: Changed) {
  return events.map(({ revision, actor, at, facts: { type, ...facts } }) => ({
    poll_id: poll.id,
    revision,
    type,
    actor_id: actor.id,
    at,
    facts: 'body' in facts ? {} : facts,
  }))
}

/** A comment's body is kept in its own table, under the event's revision. */
function commentRows({ poll, events }: Changed) {
  return events.flatMap(({ revision, actor, at, facts }) =>
    facts.type === 'commented' ? { poll_id: poll.id, revision, author_id: actor.id, at, body: facts.body } : [],
  )
}

function textRows({ poll, events }: Changed) {
  const written = events.some(({ facts }) => facts.type === 'created' || facts.type === 'edited')
  return written ? { poll_id: poll.id, title: poll.title, description: poll.description, ...categoryRow(poll) } : []
}

function categoryRow({ category }: Poll) {
  return category === '' ? {} : { category, category_key: categoryKey(category) }
}

function pollRow({ poll }: Changed) {
  return {
    id: poll.id,
    status: poll.status,
    revision: poll.revision,
    options_open: poll.optionsOpen,
    total_votes: poll.totalVotes,
    total_comments: poll.totalComments,
    created_by_id: poll.createdBy.id,
    created_at: poll.createdAt,
    last_activity_at: poll.lastActivityAt,
    closed_at: poll.closedAt,
    archived_at: poll.archivedAt,
    deleted_at: poll.deletedAt,
  }
}

function keyRow({
  personId,
  key,
  fingerprint,
  answer,
}: {
  personId: string
  key: string
  fingerprint: string
  answer: unknown
}) {
  return { person_id: personId, key, fingerprint, answer }
}
