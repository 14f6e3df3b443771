import { Prisma } from '../../database/generated/client.ts'
import { personFrom } from '../../people/model/person-name.ts'
import { hasSignedIn } from '../../people/model/signed-in.ts'
import type { Poll, PollOption, PollStatus, Proposal } from '../model/poll.ts'

/** A poll as `pollColumns` selects it from polls p, poll_texts t and people c, its creator. */
export type PollRow = Omit<Poll, 'createdBy' | 'proposals'> & {
  status: PollStatus
  createdById: string
  createdByName: string
  isCreatorSignedIn: boolean
  proposals: Proposal[] | null
}

export const pollColumns = Prisma.sql`
  p.id, p.revision, p.status::text AS status, t.title, t.title_revision AS "titleRevision", t.description,
  coalesce(t.category, '') AS category, p.method, p.max_choices AS "maxChoices",
  p.results_visible AS "resultsVisible", p.quorum, p.votes_final AS "votesFinal", p.capacity, p.electorate,
  p.time_zone AS "timeZone", p.has_roll AS "hasRoll", p.options_open AS "optionsOpen",
  p.options_moderated AS "optionsModerated", p.voters_signed_in AS "votersSignedIn", p.anonymous,
  p.total_votes AS "totalVotes", p.total_comments AS "totalComments",
  p.created_by_id AS "createdById", c.name AS "createdByName",
  ${hasSignedIn(Prisma.sql`c.id`)} AS "isCreatorSignedIn", p.created_at AS "createdAt",
  p.last_activity_at AS "lastActivityAt", p.closes_at AS "closesAt", p.closed_at AS "closedAt", p.outcome,
  p.archived_at AS "archivedAt", p.deleted_at AS "deletedAt", (
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

export function pollFromRow(row: PollRow): Poll {
  const { createdById, createdByName, isCreatorSignedIn, options, ...rest } = row
  return {
    id: rest.id,
    revision: rest.revision,
    status: rest.status,
    title: rest.title,
    titleRevision: rest.titleRevision,
    description: rest.description,
    category: rest.category,
    hasRoll: rest.hasRoll,
    optionsOpen: rest.optionsOpen,
    optionsModerated: rest.optionsModerated,
    proposals: rest.proposals ?? [],
    votersSignedIn: rest.votersSignedIn,
    anonymous: rest.anonymous,
    options: options as PollOption[],
    totalVotes: rest.totalVotes,
    totalComments: rest.totalComments,
    createdBy: personFrom({ id: createdById, name: createdByName, isSignedIn: isCreatorSignedIn }),
    createdAt: rest.createdAt,
    lastActivityAt: rest.lastActivityAt,
    method: rest.method,
    maxChoices: rest.maxChoices,
    resultsVisible: rest.resultsVisible,
    quorum: rest.quorum,
    votesFinal: rest.votesFinal,
    capacity: rest.capacity,
    timeZone: rest.timeZone,
    electorate: rest.electorate,
    closesAt: rest.closesAt,
    closedAt: rest.closedAt,
    outcome: rest.outcome,
    archivedAt: rest.archivedAt,
    deletedAt: rest.deletedAt,
  }
}
