import type { FastifyBaseLogger } from 'fastify'
import type { Services } from '../services.ts'
import { cleanUp } from './clean-up.ts'

const hourInMs = 3_600_000

/** Starts what happens without anybody asking. Every job may run in several processes at once. */
export async function startJobs(services: Services, log: FastifyBaseLogger): Promise<{ stop(): Promise<void> }> {
  let running = Promise.resolve()
  const run = () => {
    running = running
      .then(() => cleanUp(services.database.prisma, services.clock()))
      .then(() => services.database.tidy())
      .catch((err) => log.error({ err }, 'Cleaning up failed'))
  }
  run()
  const timer = setInterval(run, hourInMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
