import { parse } from 'node-html-parser'
import type { FormFields } from '../browser.ts'
import type { Polldock } from '../polldock.ts'
import type { ProbeRoute } from '../preload/probe.ts'

/** The position of a string in a request. */
export type NaughtyField = { part: 'path' | 'query' | 'body' | 'header'; name: string }

/** The whole of a body, or a name instead of a value. */
export const whole = 'the whole'
export const unknownName = 'a name that nobody looks for'

export const headers = [
  ...['accept', 'accept-language', 'authorization', 'content-type', 'cookie', 'flowdock-token', 'hx-request', 'origin'],
  ...['idempotency-key', 'if-match', 'if-none-match', 'if-modified-since', 'last-event-id', 'range', 'referer'],
  ...['sec-fetch-site', 'user-agent', 'x-csrf-token', 'x-forwarded-for', 'x-forwarded-proto', 'x-request-id', 'host'],
]

type NaughtyOperation = {
  parameters?: { in: string; name: string }[]
  requestBody?: { content: { 'application/json': { example: object; schema: { properties?: object } } } }
}
export type Description = Record<string, Record<string, NaughtyOperation>>

/** All fields of a route: from its schema, or else from the reads of its handlers and the forms of its pages. */
export async function fieldsOf(
  route: ProbeRoute,
  { probe }: Polldock,
  description: Description,
  forms: NaughtyForm[],
): Promise<NaughtyField[]> {
  const { method, url } = route
  const path = [...url.matchAll(/:(\w+)/g)].map(([, name = '']): NaughtyField => ({ part: 'path', name }))
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
    ...[...new Set(query), unknownName].map((name): NaughtyField => ({ part: 'query', name })),
    ...ofBody.filter((name) => name !== '_csrf').map((name): NaughtyField => ({ part: 'body', name })),
    ...['_csrf'].filter((name) => body.includes(name)).map((name): NaughtyField => ({ part: 'body', name })),
    { part: 'header', name: 'one of all' },
  ]
}

/** A form of a page with only its required fields filled in. */
export type NaughtyForm = { method: string; path: string; fields: FormFields }

export function formsIn(html: string): NaughtyForm[] {
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

export function isFor({ method, url }: ProbeRoute): (form: NaughtyForm) => boolean {
  const pattern = new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`)
  return (form) => form.method === method && pattern.test(form.path)
}

function namesIn({ fields }: NaughtyForm): string[] {
  return Object.keys(fields)
}
