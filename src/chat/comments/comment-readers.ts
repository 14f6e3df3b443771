import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { PrismaClient } from '../../database/generated/client.ts'
import { newId } from '../../people/model/ids.ts'
import type { ThreadReader } from '../chat.ts'
import type { Credentials } from '../connections/credentials.ts'
import { backoffMs } from '../delivery/backoff.ts'
import { type ReadingConnection, ReadingLeases } from './reading-leases.ts'
import { type CommentServices, storeLines } from './store-lines.ts'

/** Intervals of reading, in milliseconds. */
export type ReadingTiming = {
  /** How often a process looks for connections that nobody reads. */
  lookMs: number
  /** After this time without a sign of life, another process reads. */
  leaseMs: number
  /** The first and the longest wait after a connection ended. */
  backoff: { firstMs: number; maxMs: number }
}

export const defaultReading: ReadingTiming = {
  lookMs: 2_000,
  leaseMs: 30_000,
  backoff: { firstMs: 1_000, maxMs: 300_000 },
}

/** How many connections one process reads at the same time. */
const maxReading = 100

type ReaderContext = CommentServices & {
  prisma: PrismaClient
  credentials: Credentials
  /** By name, as in `Connection.chat`. */
  readers: ReadonlyMap<string, ThreadReader>
  clock: () => Date
}

/**
 * Reads what people write in the threads of connected rooms, and makes comments of it. Of several processes, the one
 * with the lease reads a connection. A message that is read twice becomes one comment: its id is a primary key.
 */
export class CommentReaders {
  readonly #context: ReaderContext
  readonly #timing: ReadingTiming
  readonly #leases: ReadingLeases
  readonly #stopping = new AbortController()
  readonly #running = new Map<string, Promise<void>>()
  #looking: Promise<void> | undefined
  #waking = new AbortController()
  #log: FastifyBaseLogger | undefined

  constructor(context: ReaderContext, timing: ReadingTiming = defaultReading) {
    this.#context = context
    this.#timing = timing
    this.#leases = new ReadingLeases(context.prisma, context.clock, newId(), timing.leaseMs)
  }

  start(log: FastifyBaseLogger): void {
    this.#log = log
    this.#looking = this.#lookUntilStopped()
  }

  /** A person has made or changed a connection: looks for it at once. Other processes find it with their next look. */
  async changed(): Promise<void> {
    this.#waking.abort()
  }

  /** Other processes may read at once. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#looking
    await Promise.all([...this.#context.readers.values()].map((reader) => reader.close()))
    await Promise.all(this.#running.values())
    await this.#leases.releaseAll().catch(() => {})
  }

  async #lookUntilStopped(): Promise<void> {
    const { signal } = this.#stopping
    let wasFailing = false
    while (!signal.aborted) {
      this.#waking = new AbortController()
      const either = AbortSignal.any([signal, this.#waking.signal])
      try {
        await this.#look()
        wasFailing = false
      } catch (err) {
        if (!wasFailing) this.#log?.error({ err }, 'Connections whose threads should be read cannot be found')
        wasFailing = true
      }
      await sleep(this.#timing.lookMs, undefined, { signal: either }).catch(() => {})
    }
  }

  async #look(): Promise<void> {
    const free = maxReading - this.#running.size
    for (const id of free > 0 ? await this.#leases.free([...this.#context.readers.keys()], free) : []) {
      if (this.#running.has(id) || !(await this.#leases.take(id))) continue
      const reading = this.#readWhileLeased(id)
        .catch((err) => this.#log?.error({ err, connectionId: id }, 'Reading the threads of a connection failed'))
        .finally(() => this.#running.delete(id))
      this.#running.set(id, reading)
    }
  }

  /** Connects again and again, until this process stops or loses the lease. */
  async #readWhileLeased(id: string): Promise<void> {
    const lost = new AbortController()
    const signal = AbortSignal.any([this.#stopping.signal, lost.signal])
    const renewing = setInterval(() => {
      this.#leases.renew(id).then(
        (isOurs) => isOurs || lost.abort(),
        () => lost.abort(),
      )
    }, this.#timing.leaseMs / 3)
    try {
      let failures = 0
      for (;;) {
        const connection = signal.aborted ? undefined : await this.#leases.read(id)
        if (!connection) return
        failures = (await this.#readOnce(connection, signal)) ? 0 : failures + 1
        const waitMs = backoffMs(this.#timing.backoff, Math.max(failures, 1), Math.random())
        await sleep(waitMs, undefined, { signal }).catch(() => {})
      }
    } finally {
      clearInterval(renewing)
      await this.#leases.release(id).catch(() => {})
    }
  }

  /** Resolves to whether the chat could be read. */
  async #readOnce(connection: ReadingConnection, signal: AbortSignal): Promise<boolean> {
    const { credentials, readers } = this.#context
    const { id, chat, address, position } = connection
    const opened = await credentials.open(connection.credentials)
    if (opened === undefined) {
      await this.#leases.endReading(id, 'The stored token cannot be decrypted with the current SECRET.')
      return false
    }
    const session = {
      credentials: opened,
      address,
      position,
      saveCredentials: async (changed: string) => this.#leases.saveCredentials(id, await credentials.seal(changed)),
      onConnected: () => this.#leases.note(id, null),
      onLines: async (lines: Parameters<typeof storeLines>[2], reached: string) => {
        await storeLines(this.#context, connection, lines)
        await this.#leases.moveTo(id, reached)
      },
    }
    const end = await readers.get(chat)?.read(session, signal)
    if (!end || signal.aborted) return false
    if (end.kind === 'unauthorized') await this.#leases.endReading(id, end.reason)
    if (end.kind === 'later') await this.#leases.note(id, end.reason)
    return end.kind === 'ended'
  }
}
