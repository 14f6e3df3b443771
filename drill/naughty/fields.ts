import { parse } from 'node-html-parser'
import type { Fields } from '../browser.ts'
import type { Polldock } from '../polldock.ts'
import type { Route } from '../preload/probe.ts'

/** Where in a request a string is put. */
export type Field = { part: 'path' | 'query' | 'body' | 'header'; name: string }

/** The whole of a body, or a name instead of a value. */
export const whole = 'the whole'
export const unknownName = 'a name that nobody looks for'

export const headers = [
  ...['accept', 'accept-language', 'authorization', 'content-type', 'cookie', 'flowdock-token', 'hx-request', 'origin'],
  ...['idempotency-key', 'if-match', 'if-none-match', 'if-modified-since', 'last-event-id', 'range', 'referer'],
  ...['sec-fetch-site', 'user-agent', 'x-csrf-token', 'x-forwarded-for', 'x-forwarded-proto', 'x-request-id', 'host'],
]

type Operation = {
  parameters?: { in: string; name: string }[]
  requestBody?: { content: { 'application/json': { example: object; schema: { properties?: object } } } }
}
export type Description = Record<string, Record<string, Operation>>

/** All that a route takes: as the app describes it, or else as its handlers look for it and its pages ask for it. */
export async function fieldsOf(
  route: Route,
  { probe }: Polldock,
  description: Description,
  forms: Form[],
): Promise<Field[]> {
  const { method, url } = route
  const path = [...url.matchAll(/:(\w+)/g)].map(([, name = '']): Field => ({ part: 'path', name }))
  const described = description[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  const query = described
    ? (described.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name)
    : await probe.lookedFor({ ...route, part: 'query' })
  const body = described
    ? Object.keys(described.requestBody?.content['application/json'].schema.properties ?? {})
    : [...(await probe.lookedFor({ ...route, part: 'body' })), ...forms.filter(isFor(route)).flatMap(namesIn)]
  const ofBody = method === 'GET' ? [] : [...new Set(body), whole, unknownName]
  return [
    ...path,
    ...[...new Set(query), unknownName].map((name): Field => ({ part: 'query', name })),
    ...ofBody.filter((name) => name !== '_csrf').map((name): Field => ({ part: 'body', name })),
    ...['_csrf'].filter((name) => body.includes(name)).map((name): Field => ({ part: 'body', name })),
    { part: 'header', name: 'one of all' },
  ]
}

/** A form of a page, as it is sent when nothing is typed but what has to be. */
export type Form = { method: string; path: string; fields: Fields }

export function formsIn(html: string): Form[] {
  return parse(html)
    .querySelectorAll('form')
    .map((form) => ({
      method: (form.getAttribute('method') ?? 'get').toUpperCase(),
      path: (form.getAttribute('action') ?? '').split('?', 1)[0] ?? '',
      fields: Object.fromEntries(
        form.querySelectorAll('input, textarea, select, button').flatMap((field) => {
          const name = field.getAttribute('name')
          return name ? [[name, field.getAttribute('value') || 'Something']] : []
        }),
      ),
    }))
}

export function isFor({ method, url }: Route): (form: Form) => boolean {
  const pattern = new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`)
  return (form) => form.method === method && pattern.test(form.path)
}

function namesIn({ fields }: Form): string[] {
  return Object.keys(fields)
}
