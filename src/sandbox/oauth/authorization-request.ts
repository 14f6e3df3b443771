import { z } from 'zod'
import type { Scope } from '../identity.ts'
import type { Applications } from '../state/applications.ts'
import type { Application } from '../state/types.ts'
import { Refused } from '../web/forms.ts'
import { readScopes } from './scopes.ts'

/** An authorization request (RFC 6749, 4.1.1). */
export type AuthorizationRequest = {
  application: Application
  scopes: ReadonlySet<Scope>
  /** The unchanged parameters. The form sends them again with the decision. */
  parameters: Record<string, string>
  state: string | undefined
  /** The error code for a redirect to the application without asking the user. */
  refusal: undefined | 'invalid_request' | 'unsupported_response_type' | 'invalid_scope'
}

const text = z.string().max(4_096).optional()
const parametersGiven = z.object({
  client_id: text,
  response_type: text,
  redirect_uri: text,
  scope: text,
  state: text,
})

/** @throws {Refused} for an unknown client or redirect URI: then a redirect is unsafe */
export function readRequest(given: unknown, applications: Applications): AuthorizationRequest {
  const { data } = parametersGiven.safeParse(given)
  if (!data) throw new Refused(400, 'This link is invalid: a parameter is repeated or too long.')
  const application = applications.withClientId(data.client_id)
  if (!application) throw new Refused(400, 'No application has this client_id.')
  if (![undefined, application.callbackUri].includes(data.redirect_uri)) {
    throw new Refused(400, `This redirect_uri is not registered for ${application.name}.`)
  }
  const scopes = readScopes(data.scope)
  const refusal = refusalOf(data.response_type, scopes)
  const parameters = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined))
  return { application, scopes: scopes ?? new Set(), parameters, state: data.state, refusal }
}

function refusalOf(type: string | undefined, scopes: unknown): AuthorizationRequest['refusal'] {
  if (!type) return 'invalid_request'
  if (type !== 'code') return 'unsupported_response_type'
  if (!scopes) return 'invalid_scope'
}

/** The application's callback URL with the result. */
export function toCallback({ application, state }: AuthorizationRequest, answer: Record<string, string>): string {
  const url = new URL(application.callbackUri)
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
  if (state !== undefined) url.searchParams.set('state', state)
  return url.href
}
