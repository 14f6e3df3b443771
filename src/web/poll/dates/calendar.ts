import type { FastifyInstance } from 'fastify'
import ical, { escape as escapeText, type ICalCalendar, ICalEventStatus } from 'ical-generator'
import { Refusal } from '../../../errors.ts'
import { finalOutcome } from '../../../polls/counting/methods.ts'
import { readDates } from '../../../polls/model/dates.ts'
import { isolated, withoutDirectionControls } from '../../../polls/model/direction.ts'
import { pollPath } from '../../../polls/model/ids.ts'
import type { Poll, PollOption } from '../../../polls/model/poll.ts'
import type { WebOptions } from '../../web-options.ts'
import { type PollParams, viewPoll } from '../poll.ts'
import { hasCalendar } from '../poll-model.ts'

const dayInMs = 86_400_000

/** The date of a poll that was settled on or that won, as an iCalendar file (RFC 5545). */
export async function calendar(
  app: FastifyInstance,
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
): Promise<void> {
  app.get<PollParams>('/polls/:slug/outcome.ics', async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    if (!hasCalendar(poll))
      throw new Refusal('not_found', 'This poll has no final date. Wait until it closes with a result.')
    const maxBefore = await web.services.polls.maxDatesBefore(poll.id)
    return reply
      .type('text/calendar; charset=utf-8')
      .header('content-disposition', `attachment; filename="${pollPath(poll).split('/').at(-1)}.ics"`)
      .send(calendarOf(poll, maxBefore, web.services.config.publicUrl).toString())
  })
}

/**
 * A settled date is the only one. Tied dates are tentative. After a poll was reopened and closed again, its entries keep their UIDs and move to the new
 * dates. Entries that are no longer needed are cancelled.
 */
function calendarOf(poll: Poll, maxBefore: number, publicUrl: URL): ICalCalendar {
  const settled = poll.options.find(({ id }) => id === poll.settledOptionId)
  const { kind, options } = finalOutcome({ poll, ballots: new Map() })
  // The library escapes every text but the name of the calendar.
  const entries = ical({
    name: escapeText(isolated(poll.title), false),
    prodId: { company: 'Polldock', product: 'Polldock' },
  })
  const url = new URL(pollPath(poll), publicUrl).href
  const dates = settled ? [settled] : poll.options.filter(({ id }) => options.includes(id))
  const status = settled || kind === 'winner' ? ICalEventStatus.CONFIRMED : ICalEventStatus.TENTATIVE
  for (let place = 0; place < Math.max(dates.length, maxBefore); place++)
    entries.createEvent({
      id: `${poll.id}${place === 0 ? '' : `-${place + 1}`}@${publicUrl.hostname}`,
      stamp: poll.closedAt ?? poll.lastActivityAt,
      sequence: poll.revision,
      summary: isolated(poll.title),
      description: withoutDirectionControls(poll.description),
      url,
      status: place < dates.length ? status : ICalEventStatus.CANCELLED,
      ...span((dates[place] ?? dates[0]) as PollOption),
    })
  return entries
}

/** In calendars, a day ends where the next begins. */
function span({ title }: PollOption) {
  const { areDays, from, to } = readDates(title)
  if (!areDays) return { start: new Date(from), end: to === null ? null : new Date(to) }
  return { start: new Date(from), end: new Date(Date.parse(to ?? from) + dayInMs), allDay: true, timezone: 'UTC' }
}
