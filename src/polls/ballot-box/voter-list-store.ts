import type { Sql } from '../../database/direct-sql.ts'
import { Prisma, type PrismaClient } from '../../database/generated/client.ts'
import { Refusal } from '../../errors.ts'
import { peopleWithEmails } from '../../people/sql.ts'
import type { Poll, PollState, VoterList, VoterListEntry } from '../model/poll.ts'
import { isCreator } from '../rules/permissions.ts'

/** Asks for the e-mail addresses of `voters`; also of everybody who has voted if the list `isChanging`. */
type WantedVoterList = { poll: string; voters: string[]; isChanging: boolean }
type VoterListRow = {
  pollId: string
  entries: VoterListEntry[]
  people: { id: string; name: string; emails: string[] }[] | null
}

/** The ids of the people whose names and addresses the command needs. */
const concerned = Prisma.sql`
  SELECT unnest(a.voters) UNION SELECT r.person_id FROM roll_entries r WHERE a."isChanging" AND r.poll_id = a.poll`

/** By poll id. */
export async function loadVoterLists(tx: Sql, wanted: readonly WantedVoterList[]): Promise<Map<string, VoterList>> {
  if (wanted.length === 0) return new Map()
  const rows = await tx.$queryRaw<VoterListRow[]>`
    SELECT a.poll AS "pollId", (
      SELECT jsonb_agg(jsonb_build_object('key', r.key, 'name', r.name, 'personId', r.person_id) ORDER BY r.position)
      FROM roll_entries r WHERE r.poll_id = a.poll
    ) AS entries, ${peopleWithEmails(concerned)} AS people
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS a(poll text, voters text[], "isChanging" boolean)`
  return new Map(
    rows.map(({ pollId, entries, people }) => {
      return [pollId, { entries, people: new Map((people ?? []).map((person) => [person.id, person])) }]
    }),
  )
}

/** A person on the voter list. `hasVoted` is null in an anonymous poll. */
export type ListedVoter = { name: string; hasVoted: boolean | null }

/**
 * The voter list of a poll, for its creator. Empty where everybody may vote.
 *
 * @throws {Refusal} `forbidden` for others, as the list may hold e-mail addresses
 */
export async function voterListFor(
  prisma: PrismaClient,
  { id: pollId, createdBy, anonymous }: Poll,
  asker: { id: string } | undefined,
): Promise<ListedVoter[]> {
  if (!isCreator({ createdBy }, asker)) {
    throw new Refusal('forbidden', 'Only the creator of this poll can see its voter list.')
  }
  const entries = await prisma.rollEntry.findMany({ where: { pollId }, orderBy: { position: 'asc' } })
  return entries.map(({ name, personId }) => ({ name, hasVoted: anonymous ? null : personId !== null }))
}

type PollWithVoterList = { state: PollState | undefined; loaded: { voterList: ReadonlyMap<string, VoterListEntry> } }

/** Writes new voter lists, changed entries, and which entry each voter used. */
export async function saveVoterLists(tx: Sql, polls: Iterable<PollWithVoterList>): Promise<void> {
  const written = [...polls].flatMap(({ state, loaded }) =>
    state?.voterList ? { pollId: state.poll.id, entries: state.voterList.entries, before: loaded.voterList } : [],
  )
  const gone = written.flatMap(({ pollId, entries, before }) => {
    const kept = new Set(entries.map(({ key }) => key))
    return [...before.keys()].filter((key) => !kept.has(key)).map((key) => ({ poll_id: pollId, key }))
  })
  if (gone.length > 0) {
    await tx.$executeRaw`
      DELETE FROM roll_entries e USING jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) AS r(poll_id text, key text)
      WHERE e.poll_id = r.poll_id AND e.key = r.key`
  }
  const rows = written.flatMap(({ pollId, entries, before }) => {
    const keysBefore = [...before.keys()]
    return entries.flatMap(({ key, name, personId }, index) => {
      const known = before.get(key)
      const isUnchanged = known?.name === name && known.personId === personId && keysBefore[index] === key
      return isUnchanged ? [] : { poll_id: pollId, key, position: index + 1, name, person_id: personId }
    })
  })
  if (rows.length === 0) return
  await tx.$executeRaw`
    INSERT INTO roll_entries (poll_id, key, position, name, person_id)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r(poll_id text, key text, position int, name text, person_id text)
    ON CONFLICT (poll_id, key) DO UPDATE SET
      position = excluded.position, name = excluded.name, person_id = excluded.person_id`
}
