import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type InputProblem, Refusal } from '../../errors.ts'
import { personName } from '../../people/people.ts'
import type { Page } from '../views.ts'
import { showPage } from './page.ts'

/** A form's fields as they arrived; one that was sent several times is a list. */
export type Fields = Record<string, string | string[] | undefined>

/** What was wrong with a form, by field (`options.2`); the first problem of each. */
export type FormErrors = Record<string, string>

export type NamePageModel = Page & {
  action: string
  carried: CarriedField[]
  error: string | undefined
  typed: string
  /** Says that what they did is not lost. */
  kept: string
  /** Where others see the name. */
  seen: string
}

/** What was typed into another form, to be sent with this one. */
export type CarriedField = { key: string; value: string }

export type FormErrorsPart = { errors: FormErrors }

/** What was saved in a field while it was edited: a text, or a time. */
export type SavedValue = { text: string; exact?: undefined } | { exact: string; iso?: string }
export type SavedValues = { readonly [field: string]: SavedValue | undefined }
export type SavedPart = { saved?: SavedValues | undefined; field: string }

declare module '../views.ts' {
  interface Views {
    name: NamePageModel
  }
}

export function fieldsOf(request: FastifyRequest): Fields {
  return (request.body ?? {}) as Fields
}

/** The last value of a field; an empty text when it was not sent. */
export function field(fields: Fields, name: string): string {
  const value = fields[name]
  return (Array.isArray(value) ? value.at(-1) : value) ?? ''
}

/** All values of a field. */
export function list(fields: Fields, name: string): string[] {
  const value = fields[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

export function errorsOf(error: z.ZodError): FormErrors {
  return errorsByField(error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
}

/** Whether the refusal names fields, so pages can show its messages next to them. */
export function isAboutFields(refusal: unknown): refusal is Refusal {
  return refusal instanceof Refusal && refusal.problems.length > 0
}

/** @throws what was given, unless it is about fields */
export function errorsOfRefusal(refusal: unknown): FormErrors {
  if (!isAboutFields(refusal)) throw refusal
  return errorsByField(refusal.problems)
}

export function errorsByField(problems: readonly InputProblem[]): FormErrors {
  return Object.fromEntries([...problems].reverse().map(({ path, message }) => [path, message]))
}

/** What a form does for people without a name. */
export type Newcomers = {
  /** Answers a form that cannot succeed, so nobody gives a name in vain. */
  refuse?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
  /** Says where others will see the name. */
  nameIsSeen?: (request: FastifyRequest) => Promise<string>
  /** What they sent, as in "your vote". */
  what?: string
}

/** The checks of every form that changes something: the CSRF token, the rate limit, and a named person. */
export function changing(
  app: FastifyInstance,
  limit: 'write' | 'vote' | 'identity' = 'write',
  newcomers: Newcomers = {},
) {
  const config = limit === 'vote' ? ({ shed: 'votes' } as const) : {}
  return { config, preHandler: [app.csrfProtection, app.limits[limit], askForName(app, newcomers)] }
}

/**
 * Asks newcomers for a name before their first action. That page carries the typed fields in hidden inputs, so its form
 * repeats the action with the name.
 */
function askForName(app: FastifyInstance, { refuse, nameIsSeen, what = 'what you entered' }: Newcomers) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.person) return
    await refuse?.(request, reply)
    if (reply.sent) return
    const { displayName } = fieldsOf(request)
    const name = personName.safeParse(displayName)
    if (name.success) {
      await app.limits.identity(request, reply)
      await app.welcomeGuest(request, reply, name.data)
      return
    }
    app.expectGuest(request, reply)
    const isAnswer = displayName !== undefined
    const seen = (await nameIsSeen?.(request)) ?? 'Others see the name with your polls, votes and comments.'
    return showPage(request, reply.code(isAnswer ? 422 : 200), 'name', {
      title: 'What is your name?',
      now: app.clock(),
      action: request.url,
      carried: carried(request),
      error: isAnswer ? errorsOf(name.error)[''] : undefined,
      typed: isAnswer ? field({ displayName }, 'displayName') : '',
      kept: `One last step: ${what} is kept until you give your name.`,
      seen,
    })
  }
}

/** The typed fields, to send them again with another form. */
export function carried(request: FastifyRequest): CarriedField[] {
  const { displayName, _csrf, ...fields } = fieldsOf(request)
  return Object.keys(fields).flatMap((key) => list(fields, key).map((value) => ({ key, value })))
}
