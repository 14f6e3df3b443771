import { Refusal, type RefusalCode } from '../../errors.ts'
import type { EventFacts } from '../model/events.ts'
import type { Choices, Poll } from '../model/poll.ts'
import type { PollMethod } from '../model/poll-rules.ts'
import { areBallotsOpened } from './closing.ts'

/** A refusal at the poll's current revision. @param field the input at fault, if there is one */
export function refuse({ revision }: Poll, code: RefusalCode, message: string, field?: string): Refusal {
  return new Refusal(code, message, { revision, problems: field ? [{ path: field, message }] : [] })
}

/** @param what a closed poll takes no more of */
export function refuseClosed(poll: Poll, what: string): Refusal {
  return refuse(poll, 'poll_closed', `This poll is closed and takes no more ${what}.`)
}

export function refuseFinal(poll: Poll): Refusal {
  return refuse(poll, 'vote_final', `In this poll votes are final: ${whatIsFinal(poll)}.`)
}

/** What a voter can still do where votes are final (see `isKept`). */
const finality: Record<PollMethod, string> = {
  single_choice: 'you cannot change yours',
  multiple_choice: 'you can add options, but not withdraw any',
  score: 'you can give points to more options, but not change any',
  ranked: 'you can only add options at the end',
  dates: 'you can answer for more dates, but not change any answer',
}

/** Continues "Votes are final:". */
export function whatIsFinal({ method }: Pick<Poll, 'method'>): string {
  return finality[method]
}

/** Whether a ballot with these final choices can get more of them. */
export function canAdd({ method, options, maxChoices }: Poll, choices: Choices): boolean {
  return method !== 'single_choice' && choices.length < Math.min(options.length, maxChoices ?? options.length)
}

/**
 * Whether the voter can withdraw a vote; in an anonymous poll, with its receipt.
 *
 * @param choices on the ballot, if it counts
 */
export function mayWithdraw({ status, votesFinal }: Pick<Poll, 'status' | 'votesFinal'>, choices: Choices): boolean {
  return status === 'open' && !votesFinal && choices.length > 0
}

/** Whether the option has its maximum of votes. */
export function isFull({ capacity, options }: Poll, optionId: string): boolean {
  const option = options.find(({ id }) => id === optionId)
  return capacity !== null && option !== undefined && option.votes >= capacity
}

export type Decision = EventFacts[] | Refusal

/** Whether this person created the poll: only the creator edits it, manages its voter list, and takes its steps. */
export function isCreator({ createdBy }: Pick<Poll, 'createdBy'>, person: { id: string } | undefined): boolean {
  return person?.id === createdBy.id
}

/** What the creator can do with the poll as a whole, besides editing it. */
export type CreatorStep = 'close' | 'reopen' | 'archive' | 'unarchive' | 'delete'

/**
 * The steps that the creator can take now: those that `decide` accepts and that change something. Change both together: a
 * test compares them. Only `decide` knows the votes that do not count now, for which it refuses to delete the poll.
 */
export function creatorSteps(poll: Poll): CreatorStep[] {
  const isOpen = poll.status === 'open'
  const isArchived = poll.archivedAt !== null
  const steps: Record<CreatorStep, boolean> = {
    close: isOpen,
    reopen: !isOpen && !areBallotsOpened(poll),
    archive: !isOpen && !isArchived,
    unarchive: isArchived,
    delete: poll.totalVotes === 0,
  }
  return (Object.keys(steps) as CreatorStep[]).filter((step) => steps[step])
}
