import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Services } from '../services.ts'

/** How often to look for polls whose reminder is due, in milliseconds. */
const checkIntervalMs = 15_000
const maxPollsPerCheck = 100

type ReminderServices = Pick<Services, 'nonVoters' | 'ballotBox' | 'clock'>

/**
 * Reminds people at the set time before closing. Every process looks; the lock on the poll's row lets one of them remind,
 * and the others find that it was done.
 */
export function startReminding(services: ReminderServices, log: FastifyBaseLogger): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const reminding = remindRepeatedly(services, log, stopping.signal)
  return {
    stop: async () => {
      stopping.abort()
      await reminding
    },
  }
}

async function remindRepeatedly(services: ReminderServices, log: FastifyBaseLogger, signal: AbortSignal) {
  let wasFailing = false
  while (!signal.aborted) {
    try {
      await remindDue(services)
      wasFailing = false
    } catch (err) {
      if (!wasFailing) log.error({ err }, 'Reminders that are due cannot be sent; trying again')
      wasFailing = true
    }
    await sleep(checkIntervalMs, undefined, { signal }).catch(() => {})
  }
}

/** Also where nobody is left to remind, so the poll is not found again. */
export async function remindDue({ nonVoters, ballotBox, clock }: ReminderServices): Promise<void> {
  const due = await nonVoters.due(clock(), maxPollsPerCheck)
  const outcomes = await Promise.allSettled(
    due.map(async ({ poll, createdBy: by }) => {
      const { people } = await nonVoters.of(poll)
      await ballotBox.submit({ pollId: poll.id, command: { type: 'remindOnTime', by, people } })
    }),
  )
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}
