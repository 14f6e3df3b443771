import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import { Refusal } from '../errors.ts'

type Cause = { kind: string; originalCode?: string; code?: string }

/** The SQLSTATE of an error; empty when the error is not from the database. */
export function sqlState(error: unknown): string {
  const cause = causeOf(error) ?? serverError(error)
  return cause?.originalCode ?? cause?.code ?? ''
}

/** Errors of node-postgres and PGlite that bypass Prisma. */
function serverError(error: unknown): Partial<Cause> | undefined {
  return error instanceof Error && 'severity' in error ? (error as Partial<Cause>) : undefined
}

/** Whether a statement violated a constraint. */
export function isConstraintViolation(error: unknown): boolean {
  const { kind } = causeOf(error) ?? {}
  return kind ? /ConstraintViolation$/.test(kind) : /^23/.test(sqlState(error))
}

/** Whether a statement timed out waiting for a locked row. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03'
}

/** Whether the transaction was rolled back because of a deadlock; a retry can succeed. */
export function isDeadlock(error: unknown): boolean {
  return sqlState(error) === '40P01' || (error as { code?: string } | undefined)?.code === 'P2034'
}

/** Prisma's codes for a database that cannot be reached, times out or closed the connection. */
const unreachable = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'])
/** The same errors in Prisma's adapters; raw queries report them under a general code. */
const unreachableKind = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
])
/**
 * SQLSTATEs of an unavailable database: connection exceptions, too many connections, shutdown or startup, timeouts,
 * deadlocks.
 */
const unavailableState = /^(08|53|57|55P03|25P03|40P01)/
/** Messages of Node and node-postgres when a connection cannot be opened or breaks. */
const brokenConnection =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|Connection terminated|not queryable|Query read timeout|timeout exceeded when/

/**
 * The refusal `unavailable` when the database cannot answer; undefined for other errors. A change may have been
 * committed or not.
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
