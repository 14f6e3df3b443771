import type { PrismaClient } from '../../database/generated/client.ts'
import type { Credentials } from './credentials.ts'

const pageSize = 200

/**
 * While SECRET is replaced: encrypts the credentials of connections with the current key. Rows that changed meanwhile
 * are skipped.
 *
 * @returns the number of connections
 */
export async function reencryptCredentials(prisma: PrismaClient, credentials: Credentials): Promise<number> {
  let count = 0
  for (let after = ''; ; ) {
    const where = { id: { gt: after }, credentials: { not: null } }
    const page = await prisma.connection.findMany({
      ...{ where, select: { id: true, credentials: true, readCredentials: true } },
      ...{ orderBy: { id: 'asc' }, take: pageSize },
    })
    for (const { id, credentials: toPost, readCredentials: toRead } of page) {
      const posting = await credentials.reencrypt(toPost ?? '')
      const reading = await credentials.reencrypt(toRead ?? '')
      if (posting !== undefined)
        await prisma.connection.updateMany({ where: { id, credentials: toPost }, data: { credentials: posting } })
      if (reading !== undefined)
        await prisma.connection.updateMany({
          where: { id, readCredentials: toRead },
          data: { readCredentials: reading },
        })
      if (posting !== undefined || reading !== undefined) count += 1
    }
    if (page.length < pageSize) return count
    after = page.at(-1)?.id ?? ''
  }
}
