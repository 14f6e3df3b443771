import type { PollEvent } from '../../polls/model/events.ts'
import type { StopSignals } from '../../queue/keyed-queue.ts'
import type { Chat, ChatProfile, Outcome } from '../chat.ts'
import { startWithSnapshot } from '../connections/mirrors.ts'
import type { DeliveryContext, HealthListener } from './context.ts'
import type { DeliveryCursor } from './cursor.ts'
import { lastRevision, type MessageEvents, messageAgain, messageUuid } from './messages.ts'
import { type DeliveryPlan, isFarewell, maxEvents, planOf } from './plan.ts'

/** How to reach the chat of a connection. */
export type ChatRoute = { chat: Chat; credentials: string }

type Profiles = ReadonlyMap<string, ChatProfile>

/** One turn of telling a thread what happened. */
export class DeliveryRun {
  readonly #context: DeliveryContext
  readonly #healthListener: HealthListener
  readonly #cursor: DeliveryCursor
  readonly #route: ChatRoute
  readonly #signals: StopSignals
  #hasPosted = false
  /** The poll's revision that the thread shows since this turn. */
  #shown: number | undefined

  constructor(
    context: DeliveryContext,
    healthListener: HealthListener,
    cursor: DeliveryCursor,
    route: ChatRoute,
    signals: StopSignals,
  ) {
    this.#context = context
    this.#healthListener = healthListener
    this.#cursor = cursor
    this.#route = route
    this.#signals = signals
  }

  /** @returns after how many milliseconds there is more to be message, if so */
  async take(): Promise<number | undefined> {
    const plan = (await this.#tellRejected()) && (await this.#begin()) && (await this.#plan())
    if (plan && (await this.#tell(plan))) return plan.moreAfterMs
    // What had to end goes on in the next turn; what failed waits to be target.
    return this.#signals.drain.aborted ? 0 : undefined
  }

  /**
   * Where a thread begins with the poll as it stands, it is told that the poll was created; what happened between that
   * and the connection it only shows. Resolves to whether to go on.
   */
  async #begin(): Promise<boolean> {
    const { revision, attempting } = this.#cursor
    if (attempting !== startWithSnapshot) return true
    const [created] = await this.#eventsBetween(0, 1)
    if (!created || this.#signals.drain.aborted) return false
    return Boolean(await this.#post([created], await this.#profilesOf([created]))) && this.#moveTo(revision + 1, null)
  }

  async #plan(): Promise<DeliveryPlan> {
    const { revision, endsAt, poll, connectionId } = this.#cursor
    const events = await this.#eventsBetween(revision, Math.min(poll.revision, endsAt ?? poll.revision))
    return planOf(this.#cursor, events, () => this.#context.pace.take(`${poll.id} ${connectionId}`))
  }

  /** Resolves to whether all was message. */
  async #tell({ messages, through }: DeliveryPlan): Promise<boolean> {
    const profiles = await this.#profilesOf(messages.flat())
    for (const [index, message] of messages.entries()) {
      if (this.#signals.drain.aborted || !(await this.#moveTo(this.#cursor.revision, lastRevision(message))))
        return false
      if (!(await this.#post(message, profiles))) return false
      const next = messages[index + 1]
      if (next && !(await this.#moveTo(lastRevision(message), lastRevision(next)))) return false
    }
    return this.#moveTo(through, null)
  }

  /**
   * What is about to be posted is written down before: if the answer is lost, even by our own end, the very same is
   * posted again. Resolves to false when somebody else has moved the cursor.
   */
  async #moveTo(revision: number, attempting: number | null): Promise<boolean> {
    const cursor = this.#cursor
    if (cursor.revision === revision && cursor.attempting === attempting) return true
    const isOurs = await this.#context.cursors.move(cursor, cursor.revision, {
      revision,
      attempting,
      shown: this.#shown,
    })
    if (isOurs) Object.assign(cursor, { revision, attempting })
    return isOurs
  }

  /** Posts once more what was rejected, where somebody asked for it. Resolves to whether to go on. */
  async #tellRejected(): Promise<boolean> {
    const { cursors } = this.#context
    const rejections = this.#cursor.hasResends ? await cursors.resends(this.#cursor) : []
    for (const { previous, revision } of rejections) {
      const message = messageAgain(await this.#eventsBetween(previous, revision))
      if (this.#signals.drain.aborted) return false
      const taken = message && (await this.#post(message, await this.#profilesOf(message)))
      if (message && !taken) return false
      if (taken !== 'rejected') await cursors.forget(this.#cursor, revision)
    }
    return true
  }

  /** Undefined when the turn is over. */
  async #post(message: MessageEvents, profiles: Profiles): Promise<'sent' | 'rejected' | undefined> {
    const { connectionId, poll } = this.#cursor
    if (!(await this.#mayPost())) return undefined
    const revision = lastRevision(message)
    const uuid = messageUuid(connectionId, poll.id, revision)
    const movedAway = message.some((event) => isFarewell(this.#cursor, event))
    const entry = { uuid, poll, events: message, movedAway, profiles }
    const outcome = await this.#route.chat.deliver(this.#route.credentials, entry, this.#signals.abort)
    this.#observe(outcome, message)
    if (outcome.kind === 'rejected') {
      const previous = message[0].revision - 1
      await this.#context.cursors.reject(this.#cursor, { previous, revision }, outcome.reason, this.#context.clock())
    }
    return this.#note(outcome)
  }

  #observe({ kind }: Outcome, message: MessageEvents): void {
    const { observe, clock } = this.#context
    // Who broke it off was ourselves.
    if (!observe || (kind === 'later' && this.#signals.abort.aborted)) return
    observe({
      connectionId: this.#cursor.connectionId,
      outcome: kind,
      eventsAt: message.map(({ at }) => at),
      now: clock(),
    })
  }

  /** Whether it is on has just been read for the first message; somebody may pause it before the others. */
  async #mayPost(): Promise<boolean> {
    const { health } = this.#context
    const { connection } = this.#cursor
    if (this.#hasPosted) return health.isActive(connection)
    this.#hasPosted = true
    return health.mayPost(connection)
  }

  async #note(outcome: Outcome): Promise<'sent' | 'rejected' | undefined> {
    const { health } = this.#context
    const { connection } = this.#cursor
    switch (outcome.kind) {
      case 'sent':
      case 'rejected': {
        if (outcome.kind === 'sent') this.#shown = this.#cursor.poll.revision
        const isRecovered = await health.answered(connection, outcome.kind === 'sent')
        if (isRecovered || connection.errorShown) await this.#healthListener.working(connection, isRecovered)
        return outcome.kind
      }
      case 'later': {
        // Who broke it off was ourselves: that says nothing of the connection.
        if (this.#signals.abort.aborted) return undefined
        const afterMs = await health.failed(connection, outcome.reason, outcome.afterMs)
        if (afterMs !== undefined) await this.#healthListener.failing(connection.id, afterMs)
        return undefined
      }
      case 'refused':
        await health.pause(connection, outcome.reason)
        return undefined
      case 'gone':
        await health.retire(connection, outcome.reason)
        return undefined
    }
  }

  async #eventsBetween(after: number, upTo: number): Promise<PollEvent[]> {
    if (after >= upTo) return []
    const limit = Math.min(upTo - after, maxEvents)
    return this.#context.polls.events(this.#cursor.pollId, { after, limit })
  }

  async #profilesOf(events: readonly PollEvent[]): Promise<Profiles> {
    if (events.length === 0) return new Map()
    const people = events.map(({ actor }) => actor.id)
    return this.#context.cursors.profiles(this.#cursor.connection.chat, people)
  }
}
