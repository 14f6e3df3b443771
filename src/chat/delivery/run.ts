import type { PollEvent } from '../../polls/model/events.ts'
import type { StopSignals } from '../../queue/keyed-queue.ts'
import {
  type Chat,
  type ChatProfile,
  chatSettingsOf,
  type EntryConnection,
  type Outcome,
  type Thread,
} from '../chat.ts'
import { startWithSnapshot } from '../connections/mirrors.ts'
import { isVote } from '../gathered-votes.ts'
import { kindOf } from '../wording.ts'
import type { DeliveryContext } from './context.ts'
import type { ConnectionState, DeliveryCursor } from './cursor.ts'
import { lastRevision, type MessageEvents, messageAgain, messageUuid } from './messages.ts'
import { isMoveNotice, maxEvents, mayFollowEarlier, planOf } from './plan.ts'
import type { ThreadKey } from './threads.ts'

/** The chat of a connection, and the decrypted credentials for posting there. */
export type ChatRoute = { chat: Chat; credentials: string }

/** What a run found out. The worker acts on it. */
export type RunResult = {
  /** After how many milliseconds there is more to deliver; undefined when the thread waits for a new event. */
  moreAfterMs?: number | undefined
  /** What the worker does about the connection; undefined when nothing changed. */
  health?: HealthChange | undefined
  /** What ended the run unexpectedly. The worker acts on `health` first. */
  error?: unknown
}

export type HealthChange =
  /** A message failed. The connection is tried again after this time. */
  | { kind: 'failing'; retryAfterMs: number }
  /** A connection that failed works again, so its other threads can continue. */
  | { kind: 'recovered' }
  /** The connection works, but its chat still shows an error. */
  | { kind: 'errorOutdated' }

type Profiles = ReadonlyMap<string, ChatProfile>

/** How many delivered events are searched for a person's earlier vote. */
const maxEarlier = 100

/**
 * Delivers to one thread what it has not got yet, in order. The queue ensures that only one process does this for a thread
 * at a time.
 *
 * Delivery is at-least-once. A message is marked in the database before it is posted, and its id is derived from the
 * connection, the poll and the revision. If the answer is lost, the next run posts the same message with the same id.
 */
export async function deliverThread(
  context: DeliveryContext,
  key: ThreadKey,
  signals: StopSignals,
): Promise<RunResult> {
  const cursor = await context.cursors.read(key)
  if (!cursor?.connection.isActive || context.health.isResting(cursor.connection)) return {}
  const route = await routeTo(context, cursor.connection)
  if (!route) return {}
  const run = new DeliveryRun(context, cursor, route, signals)
  try {
    return { moreAfterMs: await run.deliver(), health: run.health }
  } catch (error) {
    return { health: run.health, error }
  }
}

/** Pauses the connection when its credentials cannot be decrypted. */
async function routeTo(context: DeliveryContext, connection: ConnectionState): Promise<ChatRoute | undefined> {
  const chat = context.chats.get(connection.chat)
  if (!chat || !connection.credentials) return undefined
  const credentials = await context.credentials.open(connection.credentials)
  if (credentials !== undefined) return { chat, credentials }
  const reason = 'The stored token cannot be decrypted with the current SECRET. Connect the flow again.'
  await context.health.pause(connection, reason)
  return undefined
}

/** One run over one thread. */
class DeliveryRun {
  readonly #context: DeliveryContext
  readonly #cursor: DeliveryCursor
  readonly #route: ChatRoute
  readonly #signals: StopSignals
  readonly #endsAt: number
  #hasPosted = false
  /** The poll's revision that the thread shows since this run. */
  #renderedRevision: number | undefined
  /** What the chat remembers since this run, until it is stored. */
  #newThread: Thread | undefined
  #health: HealthChange | undefined
  /** Whether the chat has more to do for the message that was posted last. */
  #isUnfinished = false

  constructor(context: DeliveryContext, cursor: DeliveryCursor, route: ChatRoute, signals: StopSignals) {
    this.#context = context
    this.#cursor = cursor
    this.#route = route
    this.#signals = signals
    this.#endsAt = performance.now() + context.runMs
  }

  /** What the run found out about the connection. */
  get health(): HealthChange | undefined {
    return this.#health
  }

  /**
   * Plans the messages, and for each one marks it as in flight, posts it and records it.
   *
   * @returns after how many milliseconds there is more to deliver
   */
  async deliver(): Promise<number | undefined> {
    const isReady = (await this.#resendRejected()) && (await this.#postSnapshot())
    if (!isReady || this.#mustStop()) return this.#afterStop()
    const { clock, hold } = this.#context
    const events = await this.#newEvents()
    const votedAt = await this.#votedBefore(events)
    const inputs = { now: clock(), hold, votedAt, votesWaitMs: () => this.#takeVotesSlot() }
    const { messages, through, moreAfterMs } = planOf(this.#cursor, events, inputs)
    const profiles = await this.#profilesOf(messages.flat())
    let { revision } = this.#cursor
    if (messages.length === 0 && this.#isOutdatedBy(events, through)) {
      const waitMs = this.#takeVotesSlot()
      if (waitMs > 0) return waitMs
      if (!(await this.#refresh())) return this.#afterStop()
    }
    for (const message of messages) {
      // One statement records the message before this one, and marks this one.
      const isMarked = await this.#move(revision, lastRevision(message))
      if (!isMarked || this.#mustStop() || !(await this.#post(message, profiles))) return this.#afterStop()
      revision = lastRevision(message)
    }
    return (await this.#move(through, null)) ? moreAfterMs : this.#afterStop()
  }

  /** A run that had to stop continues in the next one. After a failure the worker waits. */
  #afterStop(): number | undefined {
    return this.#mustStop() || this.#isUnfinished ? 0 : undefined
  }

  /** A recovered connection ends the run, so the worker can wake its other threads at once. */
  #mustStop(): boolean {
    const isOver = this.#signals.drain.aborted || performance.now() >= this.#endsAt
    return isOver || this.#health?.kind === 'recovered'
  }

  /** Posts rejected messages again, where a person asked for it. Resolves to whether the run can continue. */
  async #resendRejected(): Promise<boolean> {
    const { cursors } = this.#context
    const rejections = this.#cursor.hasResends ? await cursors.resends(this.#cursor) : []
    for (const { previous, revision } of rejections) {
      const message = messageAgain(await this.#eventsBetween(previous, revision))
      if (this.#mustStop()) return false
      const outcome = message && (await this.#post(message, await this.#profilesOf(message)))
      if (message && !outcome) return false
      // Also forget a rejection whose events are no longer in the log.
      if (outcome !== 'invalid') await cursors.forget(this.#cursor, revision)
    }
    return true
  }

  /**
   * A thread that starts with a snapshot gets one message: that the poll was created, with the poll as it is now.
   * Events between the two are not posted. Resolves to whether the run can continue.
   */
  async #postSnapshot(): Promise<boolean> {
    const { revision, inFlightRevision } = this.#cursor
    if (inFlightRevision !== startWithSnapshot) return true
    const [created] = await this.#eventsBetween(0, 1)
    if (!created || this.#mustStop()) return false
    return Boolean(await this.#post([created], await this.#profilesOf([created]))) && this.#move(revision + 1, null)
  }

  /** The latest votes before these events, by person id, if one of these may change such a vote. */
  async #votedBefore(events: readonly PollEvent[]): Promise<Map<string, Date>> {
    const { pollId, revision } = this.#cursor
    if (!mayFollowEarlier(events)) return new Map()
    const earlier = await this.#context.polls.events(pollId, { before: revision + 1, limit: maxEarlier })
    return new Map(
      earlier
        .filter(isVote)
        .toReversed()
        .map(({ actor, at }) => [actor.id, at]),
    )
  }

  #newEvents(): Promise<PollEvent[]> {
    const { revision, finalRevision, poll } = this.#cursor
    return this.#eventsBetween(revision, Math.min(poll.revision, finalRevision ?? poll.revision))
  }

  /** Whether the thread could show more of these events, of which none is posted. It shows nothing of comments. */
  #isOutdatedBy(events: readonly PollEvent[], through: number): boolean {
    if (!this.#route.chat.refresh || !this.#cursor.thread) return false
    return events.some((event) => event.revision <= through && kindOf(event) !== 'comments')
  }

  /** Resolves to whether the run can continue. */
  async #refresh(): Promise<boolean> {
    const { poll, thread } = this.#cursor
    const { chat, credentials } = this.#route
    if (!thread || !(await this.#mayPost())) return false
    const about = { connection: this.#entryConnection(), poll, thread }
    const outcome = await chat.refresh?.(credentials, about, this.#signals.abort)
    return outcome !== undefined && (await this.#settled(outcome)) && Boolean(await this.#record(outcome))
  }

  #takeVotesSlot(): number {
    return this.#context.pace.take(`${this.#cursor.poll.id} ${this.#cursor.connectionId}`)
  }

  /**
   * Moves the cursor to `revision` and marks the message that ends at `inFlightRevision` as in flight: it is posted next,
   * and may or may not have reached the chat. Resolves to false when another process has changed the cursor.
   */
  async #move(revision: number, inFlightRevision: number | null): Promise<boolean> {
    const cursor = this.#cursor
    const thread = this.#newThread
    if (cursor.revision === revision && cursor.inFlightRevision === inFlightRevision && !thread) return true
    const change = { revision, inFlightRevision, renderedRevision: this.#renderedRevision, thread }
    const isMoved = await this.#context.cursors.move(cursor, change)
    if (isMoved) Object.assign(cursor, { revision, inFlightRevision })
    if (isMoved) this.#newThread = undefined
    return isMoved
  }

  /** Undefined when the run cannot continue. */
  async #post(message: MessageEvents, profiles: Profiles): Promise<'sent' | 'invalid' | undefined> {
    const { connectionId, poll, connection, thread } = this.#cursor
    if (!(await this.#mayPost())) return undefined
    const revision = lastRevision(message)
    const uuid = messageUuid(connectionId, poll.id, revision)
    const movedAway = message.some((event) => isMoveNotice(this.#cursor, event))
    // Read now: a person who has voted since the reminder is not named.
    const isReminder = message.some(({ facts }) => facts.type === 'reminded')
    const nonVoters = isReminder ? await this.#context.nonVoters.of(poll) : undefined
    const { isRead } = connection
    const place = { connection: this.#entryConnection(), thread: thread ?? undefined, isRead }
    const entry = { uuid, ...place, poll, events: message, movedAway, nonVoters, profiles }
    const outcome = await this.#route.chat.deliver(this.#route.credentials, entry, this.#signals.abort)
    if (!(await this.#settled(outcome))) return undefined
    this.#observe(outcome, message)
    if (outcome.kind === 'invalid') {
      const previous = message[0].revision - 1
      await this.#context.cursors.reject(this.#cursor, { previous, revision }, outcome.reason, this.#context.clock())
    }
    return this.#record(outcome)
  }

  /** Whether an outcome is one of the whole message. */
  async #settled(outcome: Outcome): Promise<boolean> {
    // We aborted the request ourselves. This says nothing about the connection.
    if (outcome.kind === 'later' && this.#signals.abort.aborted) return false
    if (outcome.kind !== 'sent' || !outcome.isUnfinished) return true
    // The cursor stays, so the next run does the rest.
    await this.#record(outcome)
    this.#isUnfinished = await this.#move(this.#cursor.revision, this.#cursor.inFlightRevision)
    return false
  }

  #entryConnection(): EntryConnection {
    const { id, externalId, address, settings } = this.#cursor.connection
    return { id, externalId, address, settings: chatSettingsOf(this.#route.chat, settings) }
  }

  /** Reading the cursor has shown that the connection is active. A person may pause it between two messages. */
  async #mayPost(): Promise<boolean> {
    const { health } = this.#context
    const { connection } = this.#cursor
    if (this.#hasPosted) return health.isActive(connection)
    this.#hasPosted = true
    return health.claimRetry(connection)
  }

  #observe({ kind }: Outcome, message: MessageEvents): void {
    const { observe, clock } = this.#context
    const { connectionId } = this.#cursor
    observe?.({ connectionId, outcome: kind, eventsAt: message.map(({ at }) => at), now: clock() })
  }

  /** Records what the outcome says about the connection. Undefined when the run cannot continue. */
  async #record(outcome: Outcome): Promise<'sent' | 'invalid' | undefined> {
    const { health } = this.#context
    const { connection, poll } = this.#cursor
    switch (outcome.kind) {
      case 'sent':
      case 'invalid':
        if (outcome.kind === 'sent') this.#shows(poll.revision, outcome.thread)
        if (await health.answered(connection, outcome.kind === 'sent')) this.#health = { kind: 'recovered' }
        else if (connection.errorShown) this.#health ??= { kind: 'errorOutdated' }
        return outcome.kind
      case 'later': {
        const retryAfterMs = await health.failed(connection, outcome.reason, outcome.afterMs)
        if (retryAfterMs !== undefined) this.#health = { kind: 'failing', retryAfterMs }
        return undefined
      }
      case 'unauthorized':
        await health.pause(connection, outcome.reason)
        return undefined
      case 'gone':
        await health.retire(connection, outcome.reason)
        return undefined
    }
  }

  #shows(revision: number, thread: Thread | undefined): void {
    this.#renderedRevision = revision
    if (!thread) return
    this.#cursor.thread = thread
    this.#newThread = thread
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
