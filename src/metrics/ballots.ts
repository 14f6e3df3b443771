import { Counter, Histogram, type Registry } from '@prometheus-io/client'
import type { BallotBoxObserver } from '../polls/ballot-box/ballot-box.ts'
import type { Committed } from '../polls/ballot-box/batch.ts'

/** The `change` label of each event that changes a ballot. */
const changes: Record<string, string> = {
  voted: 'cast',
  vote_changed: 'changed',
  vote_withdrawn: 'withdrawn',
  secret_vote_cast: 'cast',
  secret_vote_withdrawn: 'withdrawn',
}

/** Metrics of the ballot box. */
export class BallotMetrics implements BallotBoxObserver {
  readonly #votes: Counter<'change'>
  readonly #size: Histogram
  readonly #duration: Histogram
  readonly #refused: Counter<'code'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#votes = new Counter({
      name: 'polldock_votes_total',
      help: 'Votes that were committed.',
      labelNames: ['change'],
      registers,
    })
    this.#size = new Histogram({
      name: 'polldock_batch_commands',
      help: 'Commands per committed batch.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
      registers,
    })
    this.#duration = new Histogram({
      name: 'polldock_batch_duration_seconds',
      help: 'Time to commit a batch of commands.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers,
    })
    this.#refused = new Counter({
      name: 'polldock_commands_refused_total',
      help: 'Commands that the rules of polls refused.',
      labelNames: ['code'],
      registers,
    })
  }

  batch(commands: number, committed: readonly Committed[], ms: number): void {
    this.#size.observe(commands)
    this.#duration.observe(ms / 1_000)
    const counts = new Map<string, number>()
    for (const { events } of committed)
      for (const { facts } of events) {
        const change = changes[facts.type]
        if (change) counts.set(change, (counts.get(change) ?? 0) + 1)
      }
    for (const [change, count] of counts) this.#votes.inc({ change }, count)
  }

  refused(code: string): void {
    this.#refused.inc({ code })
  }
}
