import { actionBody, flowdockToken } from '../../test/support/flowdock-token.ts'
import { type FormFields, formOf } from '../browser.ts'
import { publicUrl } from '../flowdock.ts'
import type { ProbeRoute } from '../preload/probe.ts'
import { type Description, headers, isFor, type NaughtyField, type NaughtyForm, unknownName, whole } from './fields.ts'
import type { Visitor } from './visitor.ts'

export type Filled = { method: string; path: string; headers: Record<string, string>; body: string | undefined }

export type KnownValues = {
  visitor: Visitor
  connectionId: string
  asset: string
  description: Description
  forms: NaughtyForm[]
}

/**
 * A valid request except for one field, which contains this string. `turn` varies the values that cannot all be tried.
 */
export function fill(route: ProbeRoute, field: NaughtyField, text: string, turn: number, known: KnownValues): Filled {
  const { method, url } = route
  const { browser } = known.visitor
  // Every third form is from a stranger, who is asked for a name and keeps the typed text.
  const isStranger = turn % 3 === 2
  const cookie = isStranger ? `polldock_csrf=${browser.cookies.get('polldock_csrf')}` : browser.headers().cookie
  const path = pathOf(url, field, text, turn, known) + queryOf(field, text)
  const isAction = url.startsWith('/flowdock/actions/') && field.part !== 'body'
  const request: Filled = {
    method,
    path,
    headers: { cookie: cookie ?? '', 'x-csrf-token': browser.csrfToken },
    body:
      method === 'GET'
        ? undefined
        : isAction
          ? actionBody(`${publicUrl}${path}`)
          : bodyOf(route, field, text, turn, known),
  }
  if (request.body !== undefined) request.headers['content-type'] = typeOf(url)
  if (url.endsWith('/stream')) request.headers.accept = 'text/event-stream'
  if (url.startsWith('/flowdock/actions/')) request.headers['flowdock-token'] = tokenOf(field, text, request, known)
  if (field.part === 'header') request.headers[headers[turn % headers.length] as string] = inHeader(text)
  return request
}

function pathOf(url: string, { part, name }: NaughtyField, text: string, turn: number, known: KnownValues): string {
  if (url.includes(':fingerprint') && part !== 'path') return known.asset
  return url.replaceAll(/:(\w+)/g, (_all, parameter: string) => {
    if (part === 'path' && parameter === name) return turn % 2 ? encoded(text) : encodeURI(text.toWellFormed())
    return encodeURIComponent(validFor(url, parameter, known))
  })
}

function validFor(url: string, parameter: string, { visitor, connectionId }: KnownValues): string {
  const { poll, accountId, tokenId } = visitor
  if (parameter === 'chat') return 'flowdock'
  if (parameter === 'accountId') return accountId
  if (parameter === 'optionId') return poll.options[0]?.id ?? ''
  if (parameter === 'slug') return new URL(poll.url).pathname.split('/').at(-1) ?? ''
  return url.includes('/connections/') ? connectionId : url.startsWith('/me/tokens/') ? tokenId : poll.id
}

function queryOf({ part, name }: NaughtyField, text: string): string {
  if (part !== 'query') return ''
  return name === unknownName ? `?${encoded(text)}=1` : `?${encodeURIComponent(name)}=${encoded(text)}`
}

function typeOf(url: string): string {
  return /^\/(api|flowdock\/actions)\//.test(url) ? 'application/json' : 'application/x-www-form-urlencoded'
}

function bodyOf(route: ProbeRoute, field: NaughtyField, text: string, turn: number, known: KnownValues): string {
  const isJson = typeOf(route.url) === 'application/json'
  if (field.part === 'body' && field.name === whole) return turn % 2 && isJson ? JSON.stringify(text) : text
  const changed = field.part === 'body' ? { [field.name === unknownName ? text : field.name]: text } : {}
  if (!isJson) return formOf({ _csrf: known.visitor.browser.csrfToken, ...valid(route, known), ...changed }).toString()
  const described = known.description[route.url.replaceAll(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
  const example = described?.requestBody?.content['application/json'].example ?? {}
  const isList = Array.isArray((example as Record<string, unknown>)[field.name]) && turn % 2 === 0
  return JSON.stringify({ ...example, ...(isList ? { [field.name]: ['Something', text] } : changed) })
}

/** What a page sends, with what somebody may have chosen. */
function valid(route: ProbeRoute, { forms, visitor }: KnownValues): FormFields {
  const fields = Object.assign({}, ...forms.filter(isFor(route)).map((form) => form.fields)) as FormFields
  const { _csrf, ...typed } = fields
  const choice = visitor.poll.options[0]?.id ?? ''
  return { ...typed, ...('options' in typed && { options: ['Noodles', 'Soup'] }), ...('choice' in typed && { choice }) }
}

/** Signed like Flowdock's tokens, with the string as the account or the token id. */
function tokenOf({ part }: NaughtyField, text: string, { body = '' }: Filled, { visitor }: KnownValues): string {
  const claims = { jti: part === 'body' ? text : crypto.randomUUID() }
  return flowdockToken(part === 'query' ? text : visitor.accountId, new Date(), { body, claims })
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** The bytes of UTF-8, without those that no header can hold. */
function inHeader(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
}
