import { Prisma } from '../database/generated/client.ts'

/** Any number will do that nobody else takes on this database. */
const advisoryLock = 7_311_015_035

/**
 * Keeps polls that begin or move, and connections that begin or want something else, from passing each other unseen:
 * until the transaction ends, any number of the former share the lock, and each of the latter has it alone. What it
 * then reads has to be a later statement.
 */
export async function lockFollowing(tx: Prisma.TransactionClient, how: 'shared' | 'alone'): Promise<void> {
  const lock = how === 'shared' ? Prisma.sql`pg_advisory_xact_lock_shared` : Prisma.sql`pg_advisory_xact_lock`
  await tx.$executeRaw`SELECT ${lock}(${advisoryLock})`
}
