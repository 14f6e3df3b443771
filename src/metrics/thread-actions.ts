import { Counter, type Registry } from '@prometheus-io/client'

/** Actions that were picked in the threads of chats. */
export class ThreadActionMetrics {
  readonly #total: Counter<'result' | 'reason'>

  constructor(registry: Registry) {
    this.#total = new Counter({
      name: 'polldock_thread_actions_total',
      help: 'Actions picked in threads of chats, by what became of them, and why.',
      labelNames: ['result', 'reason'],
      registers: [registry],
    })
  }

  /** @param reason one of a fixed list; nothing that was sent */
  count(result: string, reason = ''): void {
    this.#total.inc({ result, reason })
  }
}
