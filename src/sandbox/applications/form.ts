import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Upload } from '../api/form.ts'
import { type Application, outOfBand, type Picture } from '../state/types.ts'
import { changing, field, Refused } from '../web/forms.ts'
import type { SandboxPage, SandboxWebOptions } from '../web/page.ts'
import { iconPath } from '../web/paths.ts'
import { applicationInput } from './application-input.ts'
import { maxIconBytes, readIcon } from './icon.ts'
import { type ApplicationParams, applicationPath, applicationsPath, changeableOf } from './paths.ts'
import { SentForms } from './sent-forms.ts'

const texts = ['name', 'callbackUri', 'setupUri', 'configurationUri'] as const
type TextField = (typeof texts)[number]

export type ApplicationFormPageModel = SandboxPage & {
  /** Where the form is sent. */
  action: string
  /** Where *Cancel* leads. */
  back: string
  key: string
  typed: Record<TextField, string>
  errors: Partial<Record<TextField | 'icon', string>>
  /** The current icon of an application that is edited. */
  icon: string | undefined
  /** A chosen icon in Base64: browsers forget a chosen file when a form comes back with errors. */
  keptIcon: string
  maxIconKiB: number
}

type FormModel = Omit<ApplicationFormPageModel, 'page' | 'maxIconKiB'> & { title: string }

declare module '../web/page.ts' {
  interface Views {
    'application-form': ApplicationFormPageModel
  }
}

const labels: Record<TextField | 'icon', string> = {
  name: 'The name',
  callbackUri: 'The callback URI',
  setupUri: 'The setup URI',
  configurationUri: 'The configuration URI',
  icon: 'The icon',
}

/** Creates and edits applications. */
export async function applicationForm(app: FastifyInstance, { world, showPage }: SandboxWebOptions): Promise<void> {
  const sent = new SentForms<Application>()
  const { applications } = world
  const editUrl = `${applicationsPath}/:application/edit`

  app.get(`${applicationsPath}/new`, async (request, reply) => show(request, reply, empty(sent.newKey())))

  app.post(`${applicationsPath}/new`, changing(app), async (request, reply) => {
    const key = field(request, 'key')
    const read = readForm(request)
    if ('errors' in read) return show(request, reply.code(422), { ...empty(key), ...read })
    const created = sent.once(key, () => {
      if (applications.isFull) throw new Refused(422, full(applications.limit))
      return applications.create({ ...read.facts, icon: read.icon })
    })
    return reply.redirect(applicationPath(created), 303)
  })

  app.get<ApplicationParams>(editUrl, async (request, reply) =>
    show(request, reply, editing(changeableOf(world, request))),
  )

  app.post<ApplicationParams>(editUrl, changing(app), async (request, reply) => {
    const application = changeableOf(world, request)
    const read = readForm(request)
    if ('errors' in read) return show(request, reply.code(422), { ...editing(application), ...read })
    const icon = read.icon ?? (field(request, 'removeIcon') ? undefined : application.icon)
    applications.edit(application, { ...read.facts, icon })
    return reply.redirect(applicationPath(application), 303)
  })

  function show(request: FastifyRequest, reply: FastifyReply, model: FormModel) {
    return showPage(request, reply, 'application-form', { ...model, maxIconKiB: maxIconBytes / 1024 })
  }
}

function full(limit: number): string {
  return `The sandbox keeps ${limit} applications. Delete one, then go back and try again.`
}

function empty(key: string) {
  return {
    ...{ title: 'New application', action: `${applicationsPath}/new`, back: applicationsPath, key },
    typed: { name: '', callbackUri: '', setupUri: '', configurationUri: '' },
    ...{ errors: {}, icon: undefined, keptIcon: '' },
  }
}

function editing(application: Application) {
  const { name, callbackUri, setupUri, configurationUri } = application
  const back = applicationPath(application)
  return {
    ...{ title: `Edit ${name}`, action: `${back}/edit`, back, key: '' },
    typed: {
      name,
      callbackUri: callbackUri === outOfBand ? '' : callbackUri,
      setupUri: setupUri ?? '',
      configurationUri: configurationUri ?? '',
    },
    ...{ errors: {}, icon: application.icon && iconPath(application), keptIcon: '' },
  }
}

type ReadForm = { facts: ReturnType<typeof applicationInput.parse>; icon: Picture | undefined }
type FormProblems = Pick<ApplicationFormPageModel, 'typed' | 'errors' | 'keptIcon'>

function readForm(request: FastifyRequest): ReadForm | FormProblems {
  const typed = Object.fromEntries(texts.map((name) => [name, field(request, name)])) as Record<TextField, string>
  const { data: facts, error } = applicationInput.safeParse(typed)
  const chosen = chosenIcon(request)
  if (facts && !chosen?.problem) return { facts, icon: chosen?.icon }
  const problems = [
    ...(error?.issues ?? []).map(({ path: [name], message }) => [String(name) as TextField, message] as const),
    ...(chosen?.problem ? [['icon', chosen.problem] as const] : []),
  ]
  const errors: FormProblems['errors'] = {}
  for (const [name, problem] of problems) errors[name] ??= `${labels[name]} ${problem}.`
  return { typed, errors, keptIcon: chosen?.icon?.bytes.toString('base64') ?? '' }
}

/** The icon that the form has, or its problem; undefined without one. */
function chosenIcon(request: FastifyRequest): { icon?: Picture; problem?: string } | undefined {
  const { icon } = (request.body ?? {}) as { icon?: unknown }
  if (icon instanceof Upload) return readIcon(icon.data)
  const kept = Buffer.from(field(request, 'keptIcon'), 'base64')
  if (kept.length > 0) return readIcon(kept)
}
