import { readDates } from '../../polls/model/dates.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { flagRules, numberRules } from '../../polls/model/poll-rules.ts'
import { datesIn } from './date-fields.ts'
import { emptyPoll, type TypedNewPoll } from './poll-form.ts'
import type { Preset } from './presets.ts'
import { shownClosingTime } from './typed-times.ts'

/**
 * The form of a new poll with all that was asked in this one: its question, options and rules, but no votes. Times are
 * copied as they are.
 *
 * @param roll the voter list, one person a line; only its creator knows it
 */
export function typedAgain(poll: Poll, roll: string): TypedNewPoll {
  const { title, description, category, method, anonymous, resultsVisible, closesAt } = poll
  const areDates = method === 'dates'
  const options = poll.options.map((option) => option.title)
  const isZoneNeeded = closesAt !== null || (areDates && options.some((title) => !readDates(title).areDays))
  // Without times to copy, the new poll gets the zone of the person who creates it.
  const timeZone = isZoneNeeded ? (poll.timeZone ?? 'UTC') : ''
  const preset: Preset = anonymous ? 'anonymous' : method
  return {
    ...emptyPoll,
    title,
    description,
    category,
    ...Object.fromEntries(flagRules.map((name) => [name, poll[name]])),
    ...Object.fromEntries(numberRules.map((name) => [name, numberTyped(poll, name)])),
    preset,
    method,
    methodField: method,
    resultsVisible,
    closesAt: closesAt ? shownClosingTime(closesAt, timeZone) : '',
    timeZone,
    voterList: { roll, checkedRoll: '' },
    titles: areDates ? [] : options,
    dates: areDates ? options.map((one) => datesIn(one, timeZone || 'UTC')) : [],
    options,
  }
}

/** A voter list sets the number of voters itself, and an anonymous poll its least quorum. */
function numberTyped(poll: Poll, name: (typeof numberRules)[number]): string {
  if (name === 'electorate' && poll.hasRoll) return ''
  return poll[name] === null ? '' : String(poll[name])
}
