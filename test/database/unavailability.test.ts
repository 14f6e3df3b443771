import { expect, inject, test } from 'vitest'
import { openPostgres } from '../../src/database/open.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { createPostgresDatabase } from '../support/database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

test.runIf(inject('database').kind === 'postgres')('every query on a lost database fails as unavailable', async () => {
  const { url, drop } = await createPostgresDatabase({ migrated: true })
  const through = new URL(url)
  const proxy = await startTcpProxy(Number(through.port))
  through.port = String(proxy.port)
  const { prisma, executeSql, unavailability, close } = await openPostgres(through.href)
  await proxy.refuse()
  const ways = [
    () => prisma.person.count(),
    () => prisma.$queryRaw`SELECT 1`,
    () => prisma.$transaction(async (tx) => tx.person.count()),
    () => new PollQueries(prisma).list({}, { limit: 1 }),
    () => executeSql('SELECT 1'),
  ]
  // First the open connections break, then no new one can be made.
  for (const ask of [...ways, ...ways]) {
    const error = await ask().then(
      () => undefined,
      (reason) => reason,
    )
    expect(unavailability(error)?.code, String(error)).toBe('unavailable')
  }
  await close()
  await drop()
})
