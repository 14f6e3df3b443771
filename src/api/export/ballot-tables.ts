import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AnonymousBallotQueries } from '../../polls/anonymous/queries.ts'
import { gradeWords } from '../../polls/model/phrases.ts'
import type { Choice, Choices, Poll } from '../../polls/model/poll.ts'
import type { PollQueries } from '../../polls/queries/poll-queries.ts'
import { type Cell, type Column, type Table, timeCell, titleCell, typedCell } from './table.ts'

/** Ballots of one query. */
const batchSize = 100
/** Lines that are written before other requests have their turn: one of 50 options takes a millisecond. */
const linesAtOnce = 10

/** Who voted for what: a line for each ballot that counts. @param hasChat whether some voters are guests and others not */
export function votesTable(polls: PollQueries, poll: Poll, hasChat: boolean): Table {
  const guest: Column[] = hasChat ? [{ name: 'guest' }] : []
  const votedAt = { name: `voted_at (${poll.timeZone ?? 'UTC'})` }
  return { columns: [{ name: 'voter' }, ...guest, votedAt, ...optionColumns(poll)], rows: rows() }

  async function* rows(): AsyncGenerator<Cell[]> {
    for (let from: string | null = ''; from !== null; ) {
      const { votes, next } = await polls.votesPage(poll.id, { from, limit: batchSize })
      for (const [index, { person, at, choices }] of votes.entries()) {
        if (index % linesAtOnce === 0) await nextTurn()
        const isGuest = hasChat ? [person.isSignedIn ? 'no' : 'yes'] : []
        yield [typedCell(person.name), ...isGuest, at && timeCell(at, poll), ...cellsOf(poll, choices)]
      }
      from = next
    }
  }
}

/** The published ballots of an anonymous poll. Nothing shows who voted, or when. */
export function publishedTable(anonymousBallots: AnonymousBallotQueries, poll: Poll): Table {
  return { columns: [{ name: 'receipt_hash' }, ...optionColumns(poll)], rows: rows() }

  async function* rows(): AsyncGenerator<Cell[]> {
    for (let from: string | null = ''; from !== null; ) {
      const { ballots, next } = await anonymousBallots.published(poll.id, { from, limit: batchSize })
      for (const [index, { hash, choices }] of ballots.entries()) {
        if (index % linesAtOnce === 0) await nextTurn()
        yield [hash, ...cellsOf(poll, choices)]
      }
      from = next
    }
  }
}

function optionColumns(poll: Poll): Column[] {
  return poll.options.map(({ title }) => ({ name: titleCell(poll, title) }))
}

/** A cell for each option: its points or availability, its rank in a ranking, or 1 if chosen. */
function cellsOf({ options, method }: Poll, choices: Choices): Cell[] {
  const cells = new Map(choices.map((choice, index) => [choice.optionId, cellOf(choice, method, index)]))
  return options.map(({ id }) => cells.get(id) ?? null)
}

function cellOf({ grade }: Choice, method: Poll['method'], index: number): Cell {
  if (grade === undefined) return method === 'ranked' ? index + 1 : 1
  return typeof grade === 'number' ? grade : gradeWords(grade)
}
