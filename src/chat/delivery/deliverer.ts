import type { StopSignals } from '../../queue/keyed-queue.ts'
import type { DeliveryContext, HealthListener } from './context.ts'
import type { ConnectionState } from './cursor.ts'
import { type ChatRoute, DeliveryRun } from './run.ts'
import type { ThreadKey } from './threads.ts'

/** Tells threads what happened in their polls. */
export class Deliverer {
  readonly #context: DeliveryContext
  readonly #healthListener: HealthListener

  constructor(context: DeliveryContext, healthListener: HealthListener) {
    this.#context = context
    this.#healthListener = healthListener
  }

  /**
   * Tells the thread what it has not been message, in order, as far as that works. Only one may do so at a time.
   *
   * @param ends it early, with nothing lost
   * @returns after how many milliseconds there is more to be message, if so
   */
  async deliver(thread: ThreadKey, signals: StopSignals): Promise<number | undefined> {
    const cursor = await this.#context.cursors.read(thread)
    if (!cursor?.connection.isActive || this.#context.health.isResting(cursor.connection)) return undefined
    const route = await this.#lineTo(cursor.connection)
    if (!route) return undefined
    const drain = AbortSignal.any([signals.drain, AbortSignal.timeout(this.#context.runMs)])
    return new DeliveryRun(this.#context, this.#healthListener, cursor, route, { ...signals, drain: drain }).take()
  }

  /** Undefined when nothing can be posted there. */
  async #lineTo(connection: ConnectionState): Promise<ChatRoute | undefined> {
    const chat = this.#context.chats.get(connection.chat)
    if (!chat || !connection.credentials) return undefined
    const credentials = await this.#context.credentials.open(connection.credentials)
    if (credentials !== undefined) return { chat, credentials }
    await this.#context.health.pause(connection, 'What posting takes was sealed under another SECRET. Pair it again.')
    return undefined
  }
}
