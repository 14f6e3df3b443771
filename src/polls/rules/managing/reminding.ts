import type { CommandOf } from '../../model/commands.ts'
import type { Poll, PollState } from '../../model/poll.ts'
import { untilThen } from '../../model/relative-time.ts'
import { type Decision, refuse, refuseClosed } from '../permissions.ts'

const hourInMs = 3_600_000

/** When the creator may remind again; null if at once. */
export function nextReminder({ remindedAt }: Pick<Poll, 'remindedAt'>, now: Date): Date | null {
  const next = remindedAt && new Date(remindedAt.getTime() + hourInMs)
  return next && next > now ? next : null
}

/** The creator reminds people who have not voted, at most once an hour. */
export function remind({ poll }: PollState, { people }: CommandOf<'remind'>, now: Date): Decision {
  if (poll.status === 'closed') return refuseClosed(poll, 'reminders')
  const next = nextReminder(poll, now)
  if (next) {
    const message = `People were reminded less than an hour ago. You can remind again ${untilThen(next, now)}.`
    return refuse(poll, 'reminded_recently', message)
  }
  if (people === 0) return refuse(poll, 'nobody_to_remind', 'Everybody who is known here has voted.')
  return [{ type: 'reminded', people }]
}

/** When people are reminded before the closing time; null without such a rule. */
export function reminderTime({ remindHours, closesAt }: Pick<Poll, 'remindHours' | 'closesAt'>): Date | null {
  if (remindHours === null || closesAt === null) return null
  return new Date(closesAt.getTime() - remindHours * hourInMs)
}

/** A job reminds people at the set time before closing, once. */
export function remindOnTime({ poll }: PollState, { people }: CommandOf<'remindOnTime'>, now: Date): Decision {
  const due = reminderTime(poll)
  const isDone = poll.remindedAt !== null && due !== null && poll.remindedAt >= due
  if (poll.status === 'closed' || due === null || due > now || isDone) return []
  return [{ type: 'reminded', people, onTime: true }]
}
