import { DriverAdapterError } from '@prisma/driver-adapter-utils'

/** Whether the database refused a statement because of what it would have stored, not because it could not answer. */
export function isConstraintViolation(error: unknown): boolean {
  return /ConstraintViolation$/.test(driverError(error)?.kind ?? '')
}

function driverError(error: unknown): { kind: string } | undefined {
  if (error instanceof DriverAdapterError) return error.cause
  const meta = (error as { meta?: { driverAdapterError?: { cause?: { kind: string } } } } | undefined)?.meta
  return meta?.driverAdapterError?.cause
}
