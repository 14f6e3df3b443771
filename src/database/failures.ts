import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import { Refusal } from '../errors.ts'

type Cause = { kind: string; originalCode?: string; code?: string }

/** The state that the database answered with (SQLSTATE); empty where it is not the database that failed. */
export function sqlState(error: unknown): string {
  const cause = causeOf(error) ?? serverError(error)
  return cause?.originalCode ?? cause?.code ?? ''
}

/** What node-postgres and PGlite throw themselves, past Prisma: for a commit, or for the jobs' SQL. */
function serverError(error: unknown): Partial<Cause> | undefined {
  return error instanceof Error && 'severity' in error ? (error as Partial<Cause>) : undefined
}

/** Whether the database refused a statement because of what it would have stored, not because it could not answer. */
export function isConstraintViolation(error: unknown): boolean {
  return /ConstraintViolation$/.test(causeOf(error)?.kind ?? '')
}

/** Whether a statement waited in vain for a row that somebody else keeps locked. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03'
}

/** Whether the transaction was undone because it and others waited for each other: again, it may well work. */
export function isDeadlock(error: unknown): boolean {
  return sqlState(error) === '40P01' || (error as { code?: string } | undefined)?.code === 'P2034'
}

/** Prisma's codes for a database that cannot be reached, does not answer in time, or hung up. */
const unreachable = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'])
/** The kinds of such errors in Prisma's adapters. Raw queries pass them on under a code that says nothing. */
const unreachableKind = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
])
/**
 * PostgreSQL's states for it: connection exceptions, too many connections, shutting down or starting up, time-outs,
 * deadlocks.
 */
const unavailableState = /^(08|53|57|55P03|25P03|40P01)/
/** Messages for it from Node and node-postgres, also when a connection ended under way. */
const brokenConnection =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|Connection terminated|not queryable|Query read timeout|timeout exceeded when/

/**
 * How to refuse when it is the database that cannot answer: `unavailable`. Undefined for every other error.
 * Whether a change was committed may then be unknown.
 */
export function unavailability(error: unknown): Refusal | undefined {
  if (error instanceof Refusal || !(error instanceof Error)) return undefined
  const { code = '', message } = error as Error & { code?: string }
  const isDown =
    unreachable.has(code) ||
    unreachableKind.has(causeOf(error)?.kind ?? '') ||
    unavailableState.test(sqlState(error)) ||
    brokenConnection.test(`${code} ${message}`)
  if (!isDown) return undefined
  return new Refusal('unavailable', 'The database does not answer at this moment. Try again in a few seconds.')
}

function causeOf(error: unknown): Cause | undefined {
  if (error instanceof DriverAdapterError) return error.cause as Cause
  return (error as { meta?: { driverAdapterError?: { cause?: Cause } } } | undefined)?.meta?.driverAdapterError?.cause
}
