import type { Application, User } from './state/types.ts'

/** @see https://github.com/flowdock/api-docs/blob/master/docs/authentication.md#scopes */
export const scopes = ['flow', 'private', 'manage', 'profile', 'offline_access', 'integration'] as const

export type Scope = (typeof scopes)[number]

/** The user who sends a request, and their scopes. */
export type Identity = {
  user: User
  scopes: ReadonlySet<Scope>
  /** The application that acts for the user; undefined with basic authentication. */
  application: Application | undefined
  /** Set when the application may no longer act for the user. */
  isRevoked?: boolean
}

/** Finds the identity of an OAuth access token; undefined if it is unknown or has expired. */
export type TokenLookup = (accessToken: string) => Identity | undefined
