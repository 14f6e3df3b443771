import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { newOption } from '../../polls/inputs/inputs.ts'
import type { Command } from '../../polls/model/commands.ts'
import { newOptionId, pollPath } from '../../polls/model/ids.ts'
import { limits } from '../../polls/model/limits.ts'
import { changing, errorsOf, field, fieldsOf } from '../../server/pages/forms.ts'
import { submitOnce } from '../once.ts'
import { personOf } from '../poll/ballot.ts'
import { type PollParams, pollIdOf, showRefusal, showRefused, viewPoll } from '../poll/poll.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { datesOf, hasTimes, inWords, noDates, typedDates, typedZone } from './date-fields.ts'
import { linesIn, type OptionLine, problemsOfLines, readLines } from './option-lines.ts'
import { problemWithZone, zoneToReadIn } from './poll-form.ts'

type PollRequest = FastifyRequest<PollParams>

/**
 * Reads the form: a title, or date fields in the zone that the form names (the poll's zone without one). `typed` holds
 * all fields as one text. `errors` names date fields that cannot be read.
 */
export async function typedOption(
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
  request: FastifyRequest<PollParams>,
) {
  const fields = fieldsOf(request)
  const { poll } = await viewPoll(web, request)
  const typed = field(fields, 'title')
  if (poll.method !== 'dates') return { title: typed, typed, dates: undefined, errors: undefined }
  const [dates = noDates] = typedDates(fields)
  const zone = typedZone(fields) || (poll.timeZone ?? 'UTC')
  const { title = '', problem } = datesOf(dates, zoneToReadIn(zone))
  const timeZone = hasTimes(dates) ? problemWithZone(zone) : undefined
  const errors = problem || timeZone ? { ...(problem && { title: problem }), ...(timeZone && { timeZone }) } : undefined
  return { title, typed: inWords(dates, zone), dates, errors }
}

export async function options(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  app.post<PollParams>('/polls/:slug/options', changing(app), async (request, reply) => {
    const { title, errors, ...typed } = await typedOption(web, request)
    const form = { form: 'option', ...typed } as const
    if (errors) return showRefused(web, request, reply, { ...form, status: 422, errors })
    const lines = linesIn(typed.typed)
    if (lines.length > 1) return addLines(web, request, reply, lines, typed.typed)
    const input = newOption.safeParse({ title })
    if (!input.success) return showRefused(web, request, reply, { ...form, status: 422, errors: errorsOf(input.error) })
    try {
      const option = { id: newOptionId(), title: input.data.title }
      return await submitted(web, request, reply, { type: 'addOption', option, by: personOf(request) })
    } catch (refusal) {
      return showRefusal(web, request, reply, refusal, form)
    }
  })
}

/** Adds an option for each line. If one line is refused, no option is added, and the error names the line. */
async function addLines(
  web: WebOptions<PageServices | 'ballotBox'>,
  request: PollRequest,
  reply: FastifyReply,
  lines: OptionLine[],
  typed: string,
) {
  const { titles, problems } = readLines(lines)
  const form = (of: string[]) => ({ form: 'option', typed, lines: { count: lines.length, problems: of } }) as const
  if (problems.length > 0) return showRefused(web, request, reply, { ...form(problems), status: 422, errors: {} })
  try {
    // Too many lines are refused anyway. Making ids for thousands of them would take long.
    const newId = titles.length > limits.options.max ? () => '' : newOptionId
    const options = titles.map((title) => ({ id: newId(), title }))
    return await submitted(web, request, reply, { type: 'addOptions', options, by: personOf(request) })
  } catch (refusal) {
    return showRefusal(web, request, reply, refusal, form(problemsOfLines(refusal, lines)))
  }
}

async function submitted(web: WebOptions<'ballotBox'>, request: PollRequest, reply: FastifyReply, command: Command) {
  const submission = { pollId: pollIdOf(request), command }
  const path = await submitOnce(web.services, request, submission, ({ poll }) => `${pollPath(poll)}#vote`)
  return reply.redirect(path, 303)
}
