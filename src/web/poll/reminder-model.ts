import { counted, listed } from '../../polls/model/phrases.ts'
import type { NonVoters, Poll } from '../../polls/model/poll.ts'
import { untilThen } from '../../polls/model/relative-time.ts'
import { nextReminder } from '../../polls/rules/managing/reminding.ts'
import type { mirrorsModel } from '../connections/mirrors-model.ts'
import { shownTime } from '../time.ts'

type Reach = { rooms: ReturnType<typeof mirrorsModel>['rooms']; unnamed: readonly string[] | undefined; url: string }

export type ReminderModel = ReturnType<typeof reminderModel>

/** What the creator of an open poll can do about people who have not voted. `button` is left out where no chat has the poll. */
export function reminderModel(poll: Poll, { people, names }: NonVoters, { rooms, unnamed, url }: Reach, now: Date) {
  const next = nextReminder(poll, now)
  const where = listed.format(unnamed ?? [...new Set(rooms.map(({ name }) => name))])
  const who = counted(people, 'person', 'people')
  const others = people - names.length
  const named = listed.format([...names, ...(others > 0 && names.length > 0 ? [`${others} more`] : [])])
  return {
    people,
    who,
    button: rooms.length > 0 && !next ? `Remind ${who} in ${where}` : undefined,
    last: poll.remindedAt && shownTime(poll.remindedAt, now),
    next: next && untilThen(next, now),
    text: `“${poll.title}”: please vote. ${url}${named ? ` Not voted yet: ${named}.` : ''}`,
  }
}
