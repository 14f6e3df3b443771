import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { PgBoss } from 'pg-boss'
import type { PrismaClient } from '../../database/generated/client.ts'
import type { Job, QueueLimits } from '../../queue/job-queue.ts'
import { KeyedQueue, type StopSignals } from '../../queue/keyed-queue.ts'
import type { TraceContext } from '../../tracing/trace-context.ts'
import { type Backoff, backoffMs } from '../delivery/backoff.ts'
import {
  type Gap,
  InboxStore,
  type PushedMessage,
  type PushedRequest,
  type WaitingMessage,
  type WaitingRoom,
} from './inbox-store.ts'

/** What the code of a chat does with its messages. */
export type InboxChat = {
  /**
   * Handles a message. A process may die in the midst of it, so it must be idempotent. If it rejects, it is called
   * again later, and the messages of the room wait behind this one; but with an `InvalidMessage` it is set aside.
   */
  handle(message: InboxMessage, signal: AbortSignal): Promise<void>
  /**
   * For a chat whose requests may be lost: the rooms to search for messages, in the order of ids, and the messages of a
   * room since a time, the oldest first, from some minutes before. Messages that were handled before may be among them.
   */
  missed?: {
    rooms(signal: AbortSignal): Promise<string[]>
    read(room: string, since: Date, signal: AbortSignal): Promise<PushedMessage[]>
  }
}

/** This message can never be handled. */
export class InvalidMessage extends Error {}

export type InboxMessage = { chat: string; room: string } & Pick<WaitingMessage, 'id' | 'sentAt' | 'content'>

export type InboxTiming = {
  limits: QueueLimits
  /** How often to look for messages without a job, in milliseconds. */
  sweepMs: number
  /** How often to search rooms for messages that were not pushed, in milliseconds. */
  searchMs: number
  /** The first and the longest wait after handling a message failed. */
  backoff: Backoff
  /** After so many failures a message is set aside. */
  maxAttempts: number
}

/** Of defaults: a message is tried for two hours. */
export const defaultInboxTiming: InboxTiming = {
  limits: { atOnce: 16, perGroup: 16, expireSeconds: 20, pollMs: 1_000 },
  sweepMs: 5_000,
  searchMs: 60_000,
  backoff: { firstMs: 1_000, maxMs: 300_000 },
  maxAttempts: 60,
}

type Failure = { message: WaitingMessage; err: unknown }
/** A run of a room's job: when to stop, and a signal that ends before the job expires. */
type Run = { isOver(): boolean; signal: AbortSignal }
type Handled = { done: string[]; failed: Failure[] }

/** A job says that a room may have messages, or, without a room, that messages may be missing. */
type InboxTarget = { chat: string; room?: string }

const defaultMaxWaiting = 5_000
const maxRead = 100
const maxRooms = 1_000

/**
 * Messages that chats push. They are stored before the request is answered, and handled later: those of a room in their
 * order, by one process at a time. A message that is stored is handled, even if the process is killed; a repeated
 * one is handled once.
 */
export class Inbox {
  readonly #store: InboxStore
  readonly #clock: () => Date
  readonly #timing: InboxTiming
  readonly #traceContext: TraceContext | undefined
  readonly #chats = new Map<string, InboxChat>()
  readonly #stopping = new AbortController()
  #queue: KeyedQueue<InboxTarget> | undefined
  #sweeping: Promise<void> | undefined
  #log: FastifyBaseLogger | undefined

  constructor(
    prisma: PrismaClient,
    clock: () => Date,
    timing: InboxTiming = defaultInboxTiming,
    traceContext?: TraceContext,
    maxWaiting = defaultMaxWaiting,
  ) {
    this.#store = new InboxStore(prisma, clock, maxWaiting)
    this.#clock = clock
    this.#timing = timing
    this.#traceContext = traceContext
  }

  /** Registers a chat, before `start`. */
  register(chat: string, handling: InboxChat): void {
    this.#chats.set(chat, handling)
  }

  /**
   * Stores the messages of a request, so it can be answered.
   *
   * @returns false if the inbox is full and nothing was stored: the chat has to send them again later
   */
  async receive(chat: string, request: PushedRequest): Promise<boolean> {
    const { isFull, rooms, hasGap } = await this.#store.add(chat, request)
    this.#wake([...rooms.map((room) => ({ chat, room })), ...(hasGap ? [{ chat }] : [])])
    return !isFull
  }

  /** Reads what the chat did not push since the last request. */
  async searchMissed(chat: string): Promise<void> {
    await this.#store.noteGap(chat)
    this.#wake([{ chat }])
  }

  /** Starts to handle messages, first of all those from before. */
  async start(boss: PgBoss, log: FastifyBaseLogger): Promise<void> {
    if (this.#chats.size === 0) return
    this.#log = log
    const { limits } = this.#timing
    const handle = (target: InboxTarget, signals: StopSignals) => this.#handle(target, signals)
    this.#queue = new KeyedQueue<InboxTarget>(boss, 'inbox', limits, handle, log, this.#traceContext)
    await this.#queue.start()
    for (const [chat, { missed }] of this.#chats) if (missed) await this.#store.noteGap(chat)
    this.#sweeping = this.#sweepUntilStopped(log)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#queue?.stop()
    await this.#sweeping
  }

  /** The request is not answered later because of this. If it fails, a sweep finds the messages. */
  #wake(targets: readonly InboxTarget[]): void {
    if (targets.length === 0 || !this.#queue) return
    this.#queue.add(targets.map(jobOf)).catch((err) => this.#log?.warn({ err }, 'A job of the inbox cannot be added'))
  }

  async #handle({ chat, room }: InboxTarget, signals: StopSignals): Promise<number | undefined> {
    const handling = this.#chats.get(chat)
    if (!handling) return undefined
    return room === undefined
      ? this.#readMissed(chat, handling, signals)
      : this.#handleRoom({ chat, room }, handling, signals)
  }

  /** @returns after how many milliseconds to continue */
  async #handleRoom(at: WaitingRoom, handling: InboxChat, { drain, abort }: StopSignals) {
    const until = this.#runUntil()
    const run: Run = {
      isOver: () => drain.aborted || performance.now() > until,
      signal: AbortSignal.any([abort, AbortSignal.timeout(this.#expireMs / 2)]),
    }
    for (;;) {
      const waiting = await this.#store.waiting(at, maxRead)
      if (waiting.length === 0) return undefined
      const { done, failed } = await this.#handleAll(at, waiting, handling, run)
      await this.#store.done(at.chat, done)
      if (failed.length > 0) return Math.max(...(await Promise.all(failed.map((one) => this.#failed(at, one)))))
      if (run.isOver()) return 0
    }
  }

  /** Stops after the first group with a message that fails. */
  async #handleAll(
    at: WaitingRoom,
    messages: readonly WaitingMessage[],
    handling: InboxChat,
    run: Run,
  ): Promise<Handled> {
    const handled: Handled = { done: [], failed: [] }
    for (const group of together(messages)) {
      const lists = await Promise.all(group.map((list) => this.#handleList(at, list, handling, run)))
      for (const { done, failed } of lists) {
        handled.done.push(...done)
        handled.failed.push(...failed)
      }
      if (handled.failed.length > 0 || run.isOver()) break
    }
    return handled
  }

  /** In order, up to the first message that fails. */
  async #handleList(
    at: WaitingRoom,
    messages: readonly WaitingMessage[],
    handling: InboxChat,
    { isOver, signal }: Run,
  ): Promise<Handled> {
    const done: string[] = []
    for (const message of messages) {
      if (isOver()) break
      try {
        if (!message.isSuperseded) await handling.handle({ ...at, ...message }, signal)
        done.push(message.id)
      } catch (err) {
        return { done, failed: [{ message, err }] }
      }
    }
    return { done, failed: [] }
  }

  /** @returns after how many milliseconds to try again */
  async #failed({ chat }: { chat: string }, { message, err }: Failure): Promise<number> {
    const { backoff, maxAttempts } = this.#timing
    const attempts = message.attempts + 1
    const about = { err, chat, message: message.id, attempts }
    if (attempts >= maxAttempts || err instanceof InvalidMessage) {
      this.#log?.error(about, 'A message from a chat was set aside: it cannot be handled')
      await this.#store.done(chat, [message.id])
      return 0
    }
    if (attempts === 1) this.#log?.warn(about, 'A message from a chat cannot be handled; trying again')
    await this.#store.failed(chat, message.id)
    return backoffMs(backoff, attempts, Math.random())
  }

  /** Searches room by room. Each room is noted when it is done, so a killed process does not start from the first. */
  async #readMissed(chat: string, { missed }: InboxChat, { drain, abort }: StopSignals) {
    const until = this.#runUntil()
    let gap = await this.#store.gap(chat)
    if (!missed || !gap) return undefined
    try {
      for (const room of await missed.rooms(abort)) {
        if (gap.searchedRoom !== null && room <= gap.searchedRoom) continue
        if (drain.aborted || performance.now() > until) return 0
        const messages = await missed.read(room, gap.missingSince, abort)
        if (!(await this.#addMissed(chat, messages))) return this.#timing.backoff.firstMs
        if (!(await this.#store.searched(chat, gap, room))) return 0
        gap = { ...gap, searchedRoom: room } satisfies Gap
      }
      await this.#store.closeGap(chat, gap)
      return undefined
    } catch (err) {
      this.#log?.warn({ err, chat }, 'Messages that a chat may not have pushed cannot be read; trying again')
      return backoffMs(this.#timing.backoff, 4, Math.random())
    }
  }

  /** @returns false if the inbox is full */
  async #addMissed(chat: string, messages: readonly PushedMessage[]): Promise<boolean> {
    for (let from = 0; from < messages.length; from += maxRead) {
      if (!(await this.receive(chat, { messages: messages.slice(from, from + maxRead) }))) return false
    }
    return true
  }

  /** Other rooms have their turn after that, well before the job expires. */
  #runUntil(): number {
    return performance.now() + this.#expireMs / 4
  }

  get #expireMs(): number {
    return this.#timing.limits.expireSeconds * 1_000
  }

  async #noteDueSearches(): Promise<void> {
    const before = new Date(this.#clock().getTime() - this.#timing.searchMs)
    for (const [chat, { missed }] of this.#chats) if (missed) await this.#store.noteGapIfDue(chat, before)
  }

  async #sweepUntilStopped(log: FastifyBaseLogger): Promise<void> {
    const { signal } = this.#stopping
    let wasFailing = false
    while (!signal.aborted) {
      try {
        await this.#noteDueSearches()
        const rooms = await this.#store.rooms([...this.#chats.keys()], maxRooms)
        const gaps = await Promise.all(
          [...this.#chats.keys()].map(async (chat) => (await this.#store.gap(chat)) && { chat }),
        )
        this.#wake([...rooms, ...gaps.filter((gap) => gap !== undefined)])
        wasFailing = false
      } catch (err) {
        if (!wasFailing) log.error({ err }, 'Messages without a job cannot be found')
        wasFailing = true
      }
      await sleep(this.#timing.sweepMs, undefined, { signal }).catch(() => {})
    }
  }
}

function jobOf(target: InboxTarget): Job<InboxTarget> {
  const { chat, room } = target
  return { key: room === undefined ? chat : `${chat} ${room}`, group: chat, about: target }
}

/**
 * Splits messages into groups that are handled one after the other. A message without a topic is alone. Messages with
 * topics that follow each other are one group, with a list for each topic: these are handled at the same time.
 */
function together(messages: readonly WaitingMessage[]): WaitingMessage[][][] {
  const groups: Map<string | null, WaitingMessage[]>[] = []
  for (const message of messages) {
    const last = groups.at(-1)
    const isAlone = message.topic === null || last === undefined || last.has(null)
    const group = isAlone ? new Map<string | null, WaitingMessage[]>() : last
    if (isAlone) groups.push(group)
    group.set(message.topic, [...(group.get(message.topic) ?? []), message])
  }
  return groups.map((group) => [...group.values()])
}
