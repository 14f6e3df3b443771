import type { Application, User } from './state/types.ts'

/** @see https://github.com/flowdock/api-docs/blob/master/docs/authentication.md#scopes */
export const scopes = ['flow', 'private', 'manage', 'profile', 'offline_access', 'integration'] as const

export type Scope = (typeof scopes)[number]

/** Who sends a request, and what they may do. */
export type Identity = {
  user: User
  scopes: ReadonlySet<Scope>
  /** The application that acts for the user; none with basic authentication. */
  application: Application | undefined
}

/** Whom an OAuth access token speaks for; undefined when it is unknown or has expired. */
export type TokenLookup = (accessToken: string) => Identity | undefined
