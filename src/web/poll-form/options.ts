import type { FastifyInstance, FastifyRequest } from 'fastify'
import { newOption } from '../../polls/inputs/inputs.ts'
import type { CommandOf } from '../../polls/model/commands.ts'
import { isolated } from '../../polls/model/direction.ts'
import { newOptionId, pollPath } from '../../polls/model/ids.ts'
import { limits } from '../../polls/model/limits.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { WithoutAuthor } from '../../polls/rules/newcomer.ts'
import { isCreator } from '../../polls/rules/permissions.ts'
import { changing, errorsOf, field, fieldsOf } from '../../server/pages/forms.ts'
import { newcomersTo, refusalToNewcomer } from '../newcomers.ts'
import { submitOnce } from '../once.ts'
import { type PollParams, pollIdOf, type RefusedForm, showRefusal, showRefused, viewPoll } from '../poll/poll.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { PageServices, WebOptions } from '../web-options.ts'
import { datesOf, hasTimes, inWords, markedPast, noDates, pastProblem, typedDates, typedZone } from './date-fields.ts'
import { linesIn, type OptionLine, problemsOfLines, readLines } from './option-lines.ts'
import { problemWithZone, zoneToReadIn } from './poll-form.ts'

type PollRequest = FastifyRequest<PollParams>

/**
 * Reads the form: a title, or date fields in the zone that the form names (the poll's zone without one). `typed` holds
 * all fields as one text. `errors` names date fields that cannot be read.
 */
export async function typedOption(web: WebOptions<PageServices>, request: FastifyRequest<PollParams>) {
  const fields = fieldsOf(request)
  const { poll } = await viewPoll(web, request)
  const typed = field(fields, 'title')
  if (poll.method !== 'dates') return { title: typed, typed, dates: undefined, errors: undefined }
  const [row = noDates] = typedDates(fields)
  const zone = typedZone(fields) || (poll.timeZone ?? 'UTC')
  const dates = markedPast(row, zoneToReadIn(zone), web.services.clock())
  const { title = '', problem = pastProblem(dates) } = datesOf(dates, zoneToReadIn(zone))
  const timeZone = hasTimes(dates) ? problemWithZone(zone) : undefined
  const errors = problem || timeZone ? { ...(problem && { title: problem }), ...(timeZone && { timeZone }) } : undefined
  return { title, typed: inWords(dates, zone), dates, errors }
}

export async function options(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  const newcomers = newcomersTo(web, 'your option', async (request, reply) => {
    const read = await readOptions(web, request)
    if (read.refused) return showRefused(web, request, reply, read.refused)
    const refusal = await refusalToNewcomer(web, request, read.command)
    if (refusal) return showRefusal(web, request, reply, refusal, read.formRefusedBy(refusal))
  })

  app.post<PollParams>('/polls/:slug/options', changing(app, 'write', newcomers), async (request, reply) => {
    const read = await readOptions(web, request)
    if (read.refused) return showRefused(web, request, reply, read.refused)
    const by = personOf(request)
    const { poll } = await viewPoll(web, request)
    const isProposal = poll.optionsModerated && !isCreator(poll, by)
    try {
      const submission = { pollId: pollIdOf(request), command: { ...read.command, by } }
      // The page says at its top what comes of a proposal: no fragment leads past it.
      const part = isProposal ? '' : '#vote'
      const path = await submitOnce(web.services, request, submission, ({ poll }) => `${pollPath(poll)}${part}`)
      if (isProposal) reply.setFlash(proposed(read.command, poll))
      return reply.redirect(path, 303)
    } catch (refusal) {
      return showRefusal(web, request, reply, refusal, read.formRefusedBy(refusal))
    }
  })
}

type ProposalParams = { Params: { slug: string; option: string } }

/** The creator approves or dismisses proposed options. */
export async function proposals(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  for (const [step, type] of [
    ['approve', 'approveProposal'],
    ['dismiss', 'dismissProposal'],
  ] as const) {
    app.post<ProposalParams>(`/polls/:slug/proposals/:option/${step}`, changing(app), async (request, reply) => {
      const command = { type, optionId: request.params.option, by: personOf(request) }
      try {
        const { poll } = await web.services.ballotBox.submit({ pollId: pollIdOf(request), command })
        return reply.redirect(`${pollPath(poll)}#vote`, 303)
      } catch (refusal) {
        return showRefusal(web, request, reply, refusal, { form: 'ballot' })
      }
    })
  }
}

function proposed(command: WithoutAuthor<AddOption>, { createdBy }: Poll): string {
  const [what, it] =
    command.type === 'addOption' ? ['option was', 'it'] : [`${command.options.length} options were`, 'them']
  return `Your ${what} proposed. ${isolated(createdBy.name)} decides whether to add ${it}.`
}

type OptionForm = Omit<RefusedForm, 'status' | 'errors' | 'message'>
type ReadOptions =
  | { refused: RefusedForm }
  | { refused?: undefined; command: WithoutAuthor<AddOption>; formRefusedBy: (refusal: unknown) => OptionForm }
type AddOption = CommandOf<'addOption'> | CommandOf<'addOptions'>

/** What the form adds: one option, or one for each line. */
async function readOptions(web: WebOptions<PageServices>, request: PollRequest): Promise<ReadOptions> {
  const { title, errors, ...typed } = await typedOption(web, request)
  const form = { form: 'option', ...typed } as const
  if (errors) return { refused: { ...form, status: 422, errors } }
  const lines = linesIn(typed.typed)
  if (lines.length > 1) return readSeveral(lines, typed.typed)
  const input = newOption.safeParse({ title })
  if (!input.success) return { refused: { ...form, status: 422, errors: errorsOf(input.error) } }
  const option = { id: newOptionId(), title: input.data.title }
  return { command: { type: 'addOption', option }, formRefusedBy: () => form }
}

/** If one line is refused, no option is added, and the error names the line. */
function readSeveral(lines: OptionLine[], typed: string): ReadOptions {
  const { titles, problems } = readLines(lines)
  const form = (of: string[]) => ({ form: 'option', typed, lines: { count: lines.length, problems: of } }) as const
  if (problems.length > 0) return { refused: { ...form(problems), status: 422, errors: {} } }
  // Too many lines are refused anyway. Making ids for thousands of them would take long.
  const newId = titles.length > limits.options.max ? () => '' : newOptionId
  const options = titles.map((title) => ({ id: newId(), title }))
  return {
    command: { type: 'addOptions', options },
    formRefusedBy: (refusal) => form(problemsOfLines(refusal, lines)),
  }
}
