import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import { rollKey } from './roll.ts'
import type { Poll, PollState, Roll, RollEntry } from './types.ts'

/** @param voters whose addresses are asked for */
type Wanted = { poll: string; voters: string[] }
type Row = { pollId: string; entries: RollEntry[]; emails: { personId: string; email: string }[] | null }

/** By poll id. */
export async function loadRolls(tx: Prisma.TransactionClient, wanted: readonly Wanted[]): Promise<Map<string, Roll>> {
  if (wanted.length === 0) return new Map()
  const rows = await tx.$queryRaw<Row[]>`
    SELECT a.poll AS "pollId", (
      SELECT jsonb_agg(jsonb_build_object('name', r.name, 'personId', r.person_id) ORDER BY r.position)
      FROM roll_entries r WHERE r.poll_id = a.poll
    ) AS entries, (
      SELECT jsonb_agg(jsonb_build_object('personId', c.person_id, 'email', c.email))
      FROM chat_accounts c WHERE c.person_id = ANY(a.voters) AND c.email IS NOT NULL
    ) AS emails
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS a(poll text, voters text[])`
  return new Map(rows.map(({ pollId, entries, emails }) => [pollId, { entries, emails: byPerson(emails ?? []) }]))
}

function byPerson(emails: readonly { personId: string; email: string }[]): Map<string, string[]> {
  const grouped = Map.groupBy(emails, ({ personId }) => personId)
  return new Map([...grouped].map(([id, those]) => [id, those.map(({ email }) => email)]))
}

/** Somebody who is to vote. `hasVoted` is null where that is not told, as votes are secret. */
export type Enrolled = { name: string; hasVoted: boolean | null }

/**
 * Who is to vote in a poll, for its creator; nobody where all may.
 *
 * @throws {Refusal} `forbidden` for others, as there may be addresses on it
 */
export async function rollFor(
  prisma: PrismaClient,
  { id: pollId, createdBy, anonymous }: Poll,
  asker: { id: string } | undefined,
): Promise<Enrolled[]> {
  if (asker?.id !== createdBy.id) {
    throw new Refusal('forbidden', `Only ${createdBy.name}, who created this poll, sees who is to vote in it.`)
  }
  const entries = await prisma.rollEntry.findMany({ where: { pollId }, orderBy: { position: 'asc' } })
  return entries.map(({ name, personId }) => ({ name, hasVoted: anonymous ? null : personId !== null }))
}

type Written = { state: PollState | undefined; loaded: { roll: ReadonlyMap<string, string | null> } }

/** Writes the rolls of new polls, and who has voted as whom by now. */
export async function writeRolls(tx: Prisma.TransactionClient, polls: Iterable<Written>): Promise<void> {
  const rows = [...polls].flatMap(({ state, loaded }) =>
    (state?.roll?.entries ?? []).flatMap(({ name, personId }, index) => {
      const key = rollKey(name)
      const isAsItWas = loaded.roll.get(key) === personId
      return isAsItWas ? [] : { poll_id: state?.poll.id, key, position: index + 1, name, person_id: personId }
    }),
  )
  if (rows.length === 0) return
  await tx.$executeRaw`
    INSERT INTO roll_entries (poll_id, key, position, name, person_id)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r(poll_id text, key text, position int, name text, person_id text)
    ON CONFLICT (poll_id, key) DO UPDATE SET person_id = excluded.person_id`
}
