import type { FastifyBaseLogger } from 'fastify'
import type { PgBoss } from 'pg-boss'
import { reencryptCredentials } from '../chat/connections/reencrypt.ts'
import { deleteExpiredSignIns } from '../chat/connections/sign-in-states.ts'
import { defaultTiming } from '../chat/delivery/timing.ts'
import { deleteHandledMessages } from '../chat/inbox/inbox-store.ts'
import type { PrismaClient } from '../database/generated/client.ts'
import { deleteExpiredTokens } from '../people/action-users.ts'
import { deleteExpiredSessions } from '../people/sessions.ts'
import { reencryptBallots } from '../polls/anonymous/reencrypt.ts'
import { deleteClosedPolls, purge } from '../polls/ballot-box/purge.ts'
import { notRunning } from '../server/health.ts'
import type { Services } from '../services.ts'
import { startBoss } from './boss.ts'
import { startClosing } from './closing-times.ts'
import { startReminding } from './reminders.ts'

const cleanUpQueue = 'clean-up'
const everyHour = '0 * * * *'
/**
 * When a process dies while it cleans up, another takes over within half a minute: the heartbeat, twice `watchSeconds`
 * to notice, and the polling interval.
 */
const cleaningOptions = { heartbeatSeconds: 10, retryLimit: 10 }
const pollingSeconds = 5
/** How long running jobs may take to finish during shutdown. */
const stopTimeoutMs = 2_000

/** Starts delivery, cleaning and closing. Any number of processes can run them. */
export async function startJobs(services: Services, log: FastifyBaseLogger): Promise<{ stop(): Promise<void> }> {
  const { database, delivery, commentReaders, inbox, health, config } = services
  const { superviseSeconds } = config.timing ?? defaultTiming
  const boss = await startBoss(database, log, superviseSeconds)
  await reencrypt(services, log)
  await delivery.start(boss, log)
  commentReaders.start(log)
  await inbox.start(boss, log)
  await startCleaning(boss, services, log)
  const closing = startClosing(services, log)
  const reminding = startReminding(services, log)
  health.require('jobs', () => expectQueue(boss))
  return {
    stop: async () => {
      health.require('jobs', notRunning)
      await Promise.all([closing.stop(), reminding.stop(), delivery.stop(), commentReaders.stop(), inbox.stop()])
      await boss.stop({ close: false, timeout: stopTimeoutMs })
    },
  }
}

async function expectQueue(boss: PgBoss): Promise<void> {
  if (!(await boss.getQueue(cleanUpQueue))) throw new Error('The queue is not there.')
}

/** Cleans up at the start, and every hour in one of the processes. */
async function startCleaning(boss: PgBoss, services: Services, log: FastifyBaseLogger): Promise<void> {
  const { database, clock, delivery, merges, personalData, setAsideVotes } = services
  await boss.createQueue(cleanUpQueue, { policy: 'stately' })
  await boss.send(cleanUpQueue, null, cleaningOptions)
  await boss.schedule(cleanUpQueue, everyHour, null, cleaningOptions)
  await boss.work(cleanUpQueue, { pollingIntervalSeconds: pollingSeconds }, async () => {
    await cleanUp(database.prisma, clock())
    await deleteOldPolls(services, log)
    await reencrypt(services, log)
    await merges.sweep()
    await setAsideVotes.sweep()
    await personalData.sweep()
    await database.vacuum()
    await delivery.sweep()
  })
}

/** Deletes polls that have been closed for longer than the operator keeps them. */
async function deleteOldPolls({ database, clock, config }: Services, log: FastifyBaseLogger): Promise<void> {
  const { deleteClosedAfterDays: days } = config
  if (days === undefined) return
  const count = await deleteClosedPolls(database.prisma, clock(), days)
  if (count > 0) log.info(`${count} polls were deleted, as they were closed ${days} days ago or earlier`)
}

/** While SECRET is replaced. The log says when the second secret is no longer needed. */
async function reencrypt(
  { database, credentials, ballotEncryption }: Pick<Services, 'database' | 'credentials' | 'ballotEncryption'>,
  log: FastifyBaseLogger,
): Promise<void> {
  if (!credentials.isBeingReplaced) return
  const connections = await reencryptCredentials(database.prisma, credentials)
  if (connections > 0)
    log.info(`The credentials of ${connections} connections were under the second SECRET, and are under the first`)
  const ballots = await reencryptBallots(database.prisma, ballotEncryption)
  if (ballots > 0) log.info(`${ballots} anonymous ballots were encrypted again with the first SECRET`)
  if (connections + ballots === 0) log.info('Nothing in the database is under the second SECRET')
}

/**
 * Removes what nobody can use any more: expired sessions, tokens, and sign-ins that nobody ended, answers kept for a
 * day, messages of chats that were handled long ago, polls deleted a month ago.
 */
export async function cleanUp(prisma: PrismaClient, now: Date): Promise<void> {
  await deleteExpiredSessions(prisma, now)
  await deleteExpiredSignIns(prisma, now)
  await deleteExpiredTokens(prisma, now)
  await deleteHandledMessages(prisma, now)
  await purge(prisma, now)
}
