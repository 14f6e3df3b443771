import { Prisma } from '../../database/generated/client.ts'

/** A part of the one statement that writes a batch. It takes its rows as a JSON array of objects, unless it says otherwise. */
type Part = (rows: string) => Prisma.Sql

export const castBallots: Part = (rows) => Prisma.sql`cast_ballots AS (
  INSERT INTO ballots (poll_id, person_id, choices, revision, counted, set_aside_reason, removed_option)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
    AS r(poll_id text, person_id text, choices text[], revision int, counted boolean, set_aside_reason text,
         removed_option text)
  ON CONFLICT (poll_id, person_id) DO UPDATE SET
    choices = excluded.choices, revision = excluded.revision, counted = excluded.counted,
    set_aside_reason = excluded.set_aside_reason, removed_option = excluded.removed_option
)`

export const withdrawBallots: Part = (rows) => Prisma.sql`withdrawn_ballots AS (
  DELETE FROM ballots b USING jsonb_to_recordset(${rows}::jsonb) AS r(poll_id text, person_id text)
  WHERE b.poll_id = r.poll_id AND b.person_id = r.person_id
)`

/**
 * Updates the votes and maybes of options, given by the ids of the poll and of the option as a JSON object. There is no
 * join, for which PostgreSQL may read the whole table.
 */
export const countOptions: Part = (byId) => Prisma.sql`option_counts AS (SELECT ${byId}::jsonb AS by_id),
counted_options AS (
  UPDATE options o SET (votes, maybes) = (
    SELECT r.* FROM option_counts c, jsonb_to_record(c.by_id -> o.poll_id -> o.id) AS r(votes int, maybes int))
  WHERE o.poll_id = ANY(ARRAY(SELECT jsonb_object_keys(by_id) FROM option_counts))
    AND (SELECT by_id -> o.poll_id ? o.id FROM option_counts)
)`

/**
 * Inserts new options; updates counts, titles and authors. An unchanged title keeps its key: an older version may have
 * computed different keys for two titles that are alike today, and both options stay.
 */
export const upsertOptions: Part = (rows) => Prisma.sql`upserted_options AS (
  INSERT INTO options (poll_id, id, position, title, title_key, former_title, renamed_at_revision, votes, maybes,
    added_by_id)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
    AS r(poll_id text, id text, position int, title text, title_key text, former_title text,
         renamed_at_revision int, votes int, maybes int, added_by_id text)
  ON CONFLICT (poll_id, id) DO UPDATE SET
    position = excluded.position, title = excluded.title, former_title = excluded.former_title,
    title_key = CASE WHEN options.title = excluded.title THEN options.title_key ELSE excluded.title_key END,
    renamed_at_revision = excluded.renamed_at_revision, votes = excluded.votes, maybes = excluded.maybes,
    added_by_id = excluded.added_by_id
)`

export const removeOptions: Part = (rows) => Prisma.sql`removed_options AS (
  DELETE FROM options o USING jsonb_to_recordset(${rows}::jsonb) AS r(poll_id text, id text)
  WHERE o.poll_id = r.poll_id AND o.id = r.id
)`

export const keepProposals: Part = (rows) => Prisma.sql`kept_proposals AS (
  INSERT INTO proposals (poll_id, id, position, title, proposed_by_id)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
    AS r(poll_id text, id text, position int, title text, proposed_by_id text)
  ON CONFLICT (poll_id, id) DO UPDATE SET
    position = excluded.position, title = excluded.title, proposed_by_id = excluded.proposed_by_id
)`

export const dropProposals: Part = (rows) => Prisma.sql`dropped_proposals AS (
  DELETE FROM proposals s USING jsonb_to_recordset(${rows}::jsonb) AS r(poll_id text, id text)
  WHERE s.poll_id = r.poll_id AND s.id = r.id
)`

export const logEvents: Part = (rows) => Prisma.sql`logged_events AS (
  INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
    AS r(poll_id text, revision int, type text, actor_id text, at timestamptz, facts jsonb)
)`

export const writeTexts: Part = (rows) => Prisma.sql`written_texts AS (
  INSERT INTO poll_texts (poll_id, title, title_revision, former_title, description, category, category_key)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
    AS r(poll_id text, title text, title_revision int, former_title text, description text, category text, category_key text)
  ON CONFLICT (poll_id) DO UPDATE SET
    title = excluded.title, title_revision = excluded.title_revision, former_title = excluded.former_title,
    description = excluded.description,
    category = excluded.category, category_key = excluded.category_key
)`

export const keepAnswers: Part = (rows) => Prisma.sql`kept_answers AS (
  INSERT INTO idempotency_keys (person_id, key, fingerprint, answer, created_at)
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
    AS r(person_id text, key text, fingerprint text, answer jsonb, created_at timestamptz)
)`
