import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Registry } from '@prometheus-io/client'

/** How often the delay is sampled. */
const sampleMs = 10

/** How late the event loop is: as long as it is late, the process answers nobody. */
export class EventLoopMetrics {
  readonly #histogram: ReturnType<typeof monitorEventLoopDelay>
  readonly #p99: Gauge
  readonly #max: Gauge

  constructor(registry: Registry, histogram = monitorEventLoopDelay({ resolution: sampleMs })) {
    const registers = [registry]
    this.#histogram = histogram
    this.#p99 = new Gauge({
      name: 'polldock_event_loop_delay_p99_seconds',
      help: 'How late the event loop was since the last scrape: 99 of 100 samples were less late.',
      registers,
    })
    this.#max = new Gauge({
      name: 'polldock_event_loop_delay_max_seconds',
      help: 'How late the event loop was since the last scrape, at most.',
      registers,
    })
    histogram.enable()
  }

  /** Reads the delay since it was called before. */
  refresh(): void {
    const histogram = this.#histogram
    this.#p99.set(delay(histogram.percentile(99)))
    this.#max.set(delay(histogram.max))
    histogram.reset()
  }
}

/** In seconds, without the time between two samples, which Node counts as delay. */
function delay(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - sampleMs / 1e3)
}
