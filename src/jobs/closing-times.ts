import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { type DuePoll, duePolls } from '../polls/queries/due-polls.ts'
import type { Services } from '../services.ts'

/** How often to look for polls whose time is up, in milliseconds: none closes later than that. */
const checkIntervalMs = 1_000
const maxPollsPerCheck = 200

type ClosingServices = Pick<Services, 'database' | 'ballotBox' | 'clock'>

/**
 * Closes polls when their time is up. Every process asks the database every second, and whichever comes first closes a
 * poll: its row's lock decides, as it does for a vote that comes at that moment. A job of its own for each poll could
 * be lost with its queue, or be there at the wrong time when the creator has thought again.
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
      if (!wasFailing) log.error({ err }, 'Polls whose time is up cannot be closed; trying again every second')
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
