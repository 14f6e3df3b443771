import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { type DuePoll, duePolls } from '../polls/queries/due-polls.ts'
import type { Services } from '../services.ts'

/** How often to look for polls past their closing time: the longest delay. */
const checkIntervalMs = 1_000
const maxPollsPerCheck = 200

type ClosingServices = Pick<Services, 'database' | 'ballotBox' | 'clock'>

/**
 * Closes polls at their closing time. Every process asks the database every second; the lock on the poll's row lets
 * one of them close it. A job for each poll could be lost with its queue, or run at a time that the creator has changed.
 */
export function startClosing(services: ClosingServices, log: FastifyBaseLogger): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const closing = closeRepeatedly(services, log, stopping.signal)
  return {
    stop: async () => {
      stopping.abort()
      await closing
    },
  }
}

async function closeRepeatedly(services: ClosingServices, log: FastifyBaseLogger, signal: AbortSignal): Promise<void> {
  let wasFailing = false
  while (!signal.aborted) {
    try {
      await closeDue(services)
      wasFailing = false
    } catch (err) {
      if (!wasFailing) log.error({ err }, 'Polls past their closing time cannot be closed; trying again every second')
      wasFailing = true
    }
    await sleep(checkIntervalMs, undefined, { signal }).catch(() => {})
  }
}

async function closeDue({ database, ballotBox, clock }: ClosingServices): Promise<void> {
  const due = await duePolls(database.prisma, clock(), maxPollsPerCheck)
  const close = ({ pollId, createdBy: by }: DuePoll) =>
    ballotBox.submit({ pollId, command: { by, type: 'closeOnTime' } })
  const outcomes = await Promise.allSettled(due.map(close))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}
