import type { Sql } from '../../database/direct-sql.ts'
import { Prisma } from '../../database/generated/client.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import { formatChoices } from '../model/choices/choice-text.ts'
import { formatFacts } from '../model/choices/event-text.ts'
import { categoryKey, optionKey } from '../model/keys.ts'
import type { Ballot, Poll, PollOption, PollState } from '../model/poll.ts'
import type { Batch, LockedPoll, StoredKey } from './batch.ts'
import { commentRows, deleteComments, editComments, keepOrigins, makeComments } from './comments/comment-store.ts'
import { countPolls, countsOfPoll, differsInCountsOnly, rowOfPoll, upsertPolls } from './poll-columns.ts'
import {
  castBallots,
  countOptions,
  dropProposals,
  keepAnswers,
  keepProposals,
  logEvents,
  removeOptions,
  upsertOptions,
  withdrawBallots,
  writeTexts,
} from './statements.ts'

type Changed = LockedPoll & { state: PollState; poll: Poll }

/**
 * Writes what the batch changed, in one statement: each table gets its rows as one JSON parameter. A violated constraint
 * undoes the whole batch.
 */
export async function writeBatch(tx: Sql, batch: Batch): Promise<void> {
  const existing = [...batch.polls.values()].flatMap((locked): Changed[] =>
    locked.state ? [{ ...locked, state: locked.state, poll: locked.state.poll }] : [],
  )
  const polls = existing.filter(({ events }) => events.length > 0)
  const keys = [...batch.keys.values()].filter(({ isNew }) => isNew)
  const { cast, withdrawn } = ballotRows(existing)
  const comments = commentRows(polls)
  const writes = [
    ...pollWrites(polls),
    write(cast, castBallots),
    write(withdrawn, withdrawBallots),
    ...optionWrites(polls),
    write(polls.flatMap(removedOptionRows), removeOptions),
    write(polls.flatMap(proposalRows), keepProposals),
    write(polls.flatMap(takenProposalRows), dropProposals),
    write(polls.flatMap(eventRows), logEvents),
    write(comments.made, makeComments),
    write(comments.origins, keepOrigins),
    write(comments.edited, editComments),
    write(comments.deleted, deleteComments),
    write(polls.flatMap(textRows), writeTexts),
    write(
      keys.map((key) => keyRow(key, batch.now)),
      keepAnswers,
    ),
  ].flat()
  if (writes.length === 0) return
  await tx.$executeRaw`WITH ${Prisma.join(writes)} SELECT`
}

/** Leaves out tables without changes: each part of the statement takes time, even without rows. */
function write(rows: readonly object[], statement: (rows: string) => Prisma.Sql): Prisma.Sql[] {
  return rows.length === 0 ? [] : [statement(JSON.stringify(rows))]
}

function writeById(rows: Record<string, object>, statement: (byId: string) => Prisma.Sql): Prisma.Sql[] {
  return Object.keys(rows).length === 0 ? [] : [statement(JSON.stringify(rows))]
}

/** Most batches are votes, which change few columns of a poll: only those are written. */
function pollWrites(polls: readonly Changed[]): Prisma.Sql[][] {
  const { counted = [], edited = [] } = Object.groupBy(polls, ({ poll, loaded }) =>
    loaded.poll && differsInCountsOnly(loaded.poll, poll) ? 'counted' : 'edited',
  )
  return [
    writeById(Object.fromEntries(counted.map(({ poll }) => [poll.id, countsOfPoll(poll)])), countPolls),
    write(
      edited.map(({ poll }) => rowOfPoll(poll)),
      upsertPolls,
    ),
  ]
}

/** One row for each ballot, however often it changed within the batch. */
function ballotRows(polls: readonly Changed[]) {
  const cast: object[] = []
  const withdrawn: { poll_id: string; person_id: string }[] = []
  for (const { poll, state, loaded } of polls) {
    for (const [personId, ballot] of state.ballots) {
      if (ballot !== loaded.ballots.get(personId)) cast.push(ballotRow(poll.id, personId, ballot))
    }
    for (const personId of loaded.ballots.keys()) {
      if (!state.ballots.has(personId)) withdrawn.push({ poll_id: poll.id, person_id: personId })
    }
  }
  return { cast, withdrawn }
}

function ballotRow(poll_id: string, person_id: string, { choices, revision, counted, ...more }: Ballot) {
  const { setAsideReason: set_aside_reason, removedOption: removed_option } = more
  return { poll_id, person_id, choices: formatChoices(choices), revision, counted, set_aside_reason, removed_option }
}

function removedOptionRows({ poll, events }: Changed) {
  return events.flatMap(({ facts }) =>
    facts.type === 'option_removed' ? { poll_id: poll.id, id: facts.option.id } : [],
  )
}

/** As with polls: of options that are only counted, only the counts are written. */
function optionWrites(polls: readonly Changed[]): Prisma.Sql[][] {
  const { counted = [], edited = [] } = Object.groupBy(polls, (one) => (hasOptionsAsLoaded(one) ? 'counted' : 'edited'))
  const counts = counted.flatMap(({ poll, loaded }) => {
    const changed = poll.options.filter((option, index) => areCountsOther(option, loaded.poll?.options[index]))
    const byId = Object.fromEntries(changed.map(({ id, votes, maybes }) => [id, { votes, maybes }]))
    return changed.length === 0 ? [] : [[poll.id, byId] as const]
  })
  return [writeById(Object.fromEntries(counts), countOptions), write(edited.flatMap(optionRows), upsertOptions)]
}

/** Whether no option is new, removed, moved or renamed. When a guest was merged, an option may have another author. */
function hasOptionsAsLoaded({ poll, loaded, events }: Changed): boolean {
  const before = loaded.poll?.options ?? []
  if (before.length !== poll.options.length || events.some(({ facts }) => facts.type === 'guest_merged')) return false
  return poll.options.every(({ id, title, renamedAtRevision }, index) => {
    const same = before[index]
    return same?.id === id && same.title === title && same.renamedAtRevision === renamedAtRevision
  })
}

function areCountsOther({ votes, maybes }: PollOption, before: PollOption | undefined): boolean {
  return before?.votes !== votes || before.maybes !== maybes
}

function optionRows({ poll, loaded }: Changed) {
  const rows = poll.options.map((option, index) => ({
    poll_id: poll.id,
    id: option.id,
    position: index + 1,
    title: option.title,
    former_title: option.formerTitle,
    renamed_at_revision: option.renamedAtRevision,
    title_key: optionKey(option.title),
    votes: option.votes,
    maybes: option.maybes,
    added_by_id: option.addedById,
  }))
  return inFreeTitles(rows, loaded.poll?.options ?? [])
}

/**
 * Sorts rows for the unique index on titles, which PostgreSQL checks row by row: an option that takes another option's
 * title comes after it.
 */
function inFreeTitles<Row extends { id: string; title: string }>(
  rows: readonly Row[],
  loaded: readonly PollOption[],
): Row[] {
  const oldTitles = new Map(loaded.map(({ id, title }) => [id, title]))
  const byOldTitle = new Map(rows.map((row) => [oldTitles.get(row.id), row]))
  const ordered = new Set<Row>()
  const visited = new Set<Row>()
  const add = (row: Row) => {
    if (visited.has(row)) return
    visited.add(row)
    const formerOwner = byOldTitle.get(row.title)
    if (formerOwner) add(formerOwner)
    ordered.add(row)
  }
  for (const row of rows) add(row)
  return [...ordered]
}

/** All proposals that are left, if one was added, has another author, or moved to another time. */
function proposalRows({ poll, events }: Changed) {
  const areChanged = events.some(
    ({ facts }) =>
      facts.type === 'option_proposed' ||
      facts.type === 'guest_merged' ||
      (facts.type === 'edited' && facts.movedDates !== undefined),
  )
  if (!areChanged) return []
  return poll.proposals.map(({ id, title, proposedById }, index) => {
    return { poll_id: poll.id, id, position: index + 1, title, proposed_by_id: proposedById }
  })
}

/** Proposals that were approved or dismissed. */
function takenProposalRows({ poll, events }: Changed) {
  return events.flatMap(({ facts }) =>
    facts.type === 'proposal_approved' || facts.type === 'proposal_dismissed'
      ? { poll_id: poll.id, id: facts.option.id }
      : [],
  )
}

function eventRows({ poll, events }: Changed) {
  return events.map(({ revision, actor, at, facts }) => {
    const { type, ...others } = formatFacts(facts)
    return { poll_id: poll.id, revision, type, actor_id: actor.id, at, facts: logged(others) }
  })
}

/** A comment's body is stored in its own table, under the event's revision. Of a voter, only the id is. */
function logged(facts: object): object {
  const { body, voter, ...others } = facts as { body?: string; voter?: PersonName }
  return voter ? { ...others, voterId: voter.id } : others
}

function textRows({ poll, events }: Changed) {
  const written = events.some(({ facts }) => facts.type === 'created' || facts.type === 'edited')
  if (!written) return []
  const { id, title, titleRevision, formerTitle, description } = poll
  return {
    poll_id: id,
    title,
    title_revision: titleRevision,
    former_title: formerTitle,
    description,
    ...categoryRow(poll),
  }
}

function categoryRow({ category }: Poll) {
  return category === '' ? {} : { category, category_key: categoryKey(category) }
}

function keyRow({ owner, key, fingerprint, answer }: StoredKey, now: Date) {
  return { person_id: owner, key, fingerprint, answer, created_at: now }
}
