import { Refusal } from '../errors.ts'
import { closing } from './closing.ts'
import type { Change, EventFacts } from './events.ts'
import { limits } from './limits.ts'
import { refuse } from './refuse.ts'
import type { Poll, PollState } from './types.ts'

/** The event by which an open poll closes by itself, if its time has come. */
export function closingOnTime(state: PollState, now: Date): EventFacts | undefined {
  return isDue(state.poll, now) ? { ...closing(state), onTime: true } : undefined
}

export function isDue({ status, deletedAt, closesAt }: Poll, now: Date): boolean {
  return status === 'open' && !deletedAt && closesAt !== null && closesAt <= now
}

/** When a new poll is to close, in ISO 8601 and UTC. @param closesAt ISO 8601 */
export function firstClosingTime(closesAt: string | null | undefined, now: Date): { closesAt?: string } | Refusal {
  if (!closesAt) return {}
  const problem = problemWithTime(closesAt, now)
  if (!problem) return { closesAt: utc(closesAt) }
  return new Refusal('invalid_input', problem, { problems: [{ path: 'closesAt', message: problem }] })
}

/** What comes of saying when a poll is to close; nothing when that is so already. */
export function closingTimeChange(
  poll: Poll,
  closesAt: string | null | undefined,
  now: Date,
): { closesAt?: Change<string | null> } | Refusal {
  if (closesAt === undefined) return {}
  const change = { from: poll.closesAt?.toISOString() ?? null, to: closesAt === null ? null : utc(closesAt) }
  if (change.from === change.to) return {}
  if (poll.status === 'closed') {
    return refuse(poll, 'poll_closed', 'This poll is closed. Reopen it before you say when it closes.', 'closesAt')
  }
  const problem = closesAt === null ? undefined : problemWithTime(closesAt, now)
  return problem ? refuse(poll, 'invalid_input', problem, 'closesAt') : { closesAt: change }
}

const dayInMs = 86_400_000

function problemWithTime(closesAt: string, now: Date): string | undefined {
  const days = (new Date(closesAt).getTime() - now.getTime()) / dayInMs
  if (days <= 0) return 'The closing time is over already. Choose one that is still to come, or none.'
  const most = limits.daysOpen.max
  if (days > most) return `The closing time is too far away: it can be at most ${most.toLocaleString('en')} days ahead.`
}

function utc(time: string): string {
  return new Date(time).toISOString()
}
