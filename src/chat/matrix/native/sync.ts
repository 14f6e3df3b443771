import type { PersonName } from '../../../people/model/person-name.ts'
import { optionIdsOf } from '../../../polls/model/choices/choices.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import type { ChatReads } from '../../chat.ts'
import { MatrixError, TooLarge } from '../homeserver.ts'
import { answerKey, matrixChat, transactionId } from '../ids.ts'
import { mayRedact } from '../power.ts'
import type { MatrixRooms, RoomEvent } from '../rooms.ts'
import type { MatrixUsers } from '../users.ts'
import type { Frame, SeenResponse } from './counting.ts'
import { Ghosts } from './ghosts.ts'
import {
  answersIn,
  endTypes,
  maxNativeBallots,
  pollTypes,
  responseContent,
  responseTypes,
  type ShownStart,
  startIn,
} from './native-poll.ts'
import { type NativeBallot, planSync, type SyncStep } from './plan-sync.ts'

/** Without a `digest`, the start may show an older state of the poll. */
export type SyncTarget = { room: string; poll: Poll; start: string; digest?: string }

/**
 * `unfinished`: more is left to send. `stale`: clients show another poll than this one, or an ended one, so it needs a new
 * start. The others are why it cannot be a native poll any more. `banned`: this account that stands for a person is.
 */
export type SyncResult = 'done' | 'unfinished' | 'stale' | 'removed' | 'encrypted' | 'crowded' | { banned: string }

export type SyncOptions = { rooms: MatrixRooms; users: MatrixUsers; reads: ChatReads; clock: () => Date }

/** `answers` are those of a response. */
type RelatedEvent = SeenResponse & { type: string }
type Related = { responses: RelatedEvent[]; ends: RelatedEvent[]; encrypted: RelatedEvent[] }

/** New steps begin for this long, in milliseconds: then other threads have their turn. */
const budgetMs = 4_000
/** How many people's steps are taken at the same time. */
const maxConcurrent = 8
/** Others are no business of ours. Anybody may send as many of them as they like. */
const relatedTypes = [...responseTypes, ...endTypes, 'm.room.encrypted']
const maxPageSize = 1_000
/** How many pages of one type are asked for. */
const maxPages = 10
/** The inbox knows a handled response for a little longer. An older one was handled, or never comes. */
const maxPendingMs = 13 * 86_400_000
/** How often a response is sent again that somebody has redacted. */
const maxRepeats = 5

/** Makes the counts of all clients equal the ballots of a poll. It may be repeated, and interrupted anywhere. */
export class ResponseSync {
  readonly #rooms: MatrixRooms
  readonly #users: MatrixUsers
  readonly #reads: ChatReads
  readonly #clock: () => Date
  readonly #ghosts: Ghosts
  /** The last run of each start that runs or waits. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor({ rooms, users, reads, clock }: SyncOptions) {
    this.#rooms = rooms
    this.#users = users
    this.#reads = reads
    this.#clock = clock
    this.#ghosts = new Ghosts(rooms, users)
  }

  /**
   * Of one start, one at a time in this process.
   *
   * @throws {MatrixError}
   * @throws {NetworkError}
   */
  async run(target: SyncTarget, signal: AbortSignal): Promise<SyncResult> {
    const { start } = target
    const run = (this.#turns.get(start) ?? Promise.resolve()).then(() => this.#run(target, signal))
    const turn = run.catch(() => undefined)
    this.#turns.set(start, turn)
    try {
      return await run
    } finally {
      if (this.#turns.get(start) === turn) this.#turns.delete(start)
    }
  }

  async #run(target: SyncTarget, signal: AbortSignal): Promise<SyncResult> {
    try {
      return await this.#bring(target, signal)
    } catch (error) {
      if (error instanceof TooLarge) return 'crowded'
      throw error
    }
  }

  async #bring(target: SyncTarget, signal: AbortSignal): Promise<SyncResult> {
    const { room, start, digest } = target
    const event = await this.#rooms.event(room, start, signal)
    const shown = event && startIn(event.content)
    if (!shown) return event?.unsigned?.redacted_because?.sender === this.#users.bot ? 'stale' : 'removed'
    if (digest !== undefined && shown.digest !== digest) return 'stale'
    const related = await this.#related(target, signal)
    if (!related) return 'crowded'
    const trouble = await this.#settle(target, related, signal)
    if (trouble) return trouble
    const steps = await this.#plan(target, shown, related.responses)
    try {
      return (await this.#takeAll(target, steps, signal)) ? 'done' : 'unfinished'
    } catch (error) {
      if (error instanceof BannedGhost) return { banned: error.account }
      throw error
    }
  }

  /** The votes and ends that refer to the start; undefined if they are too many, or too large. */
  async #related(target: SyncTarget, signal: AbortSignal): Promise<Related | undefined> {
    const pages = await Promise.all(relatedTypes.map((type) => this.#relatedOf(target, type, signal)))
    const all = pages.filter((events) => events !== undefined)
    return all.length === pages.length ? sorted(all.flat()) : undefined
  }

  async #relatedOf(
    { room, start }: SyncTarget,
    type: string,
    signal: AbortSignal,
  ): Promise<RelatedEvent[] | undefined> {
    const all: RelatedEvent[] = []
    let [limit, from]: [number, string?] = [maxPageSize]
    for (let page = 0; page < maxPages; page++) {
      try {
        const read = { relation: 'm.reference', type, limit, from }
        const { events, end } = await this.#rooms.relations(room, start, read, signal)
        all.push(...events.map(relatedEvent))
        if (end === undefined) return all
        from = end
      } catch (error) {
        if (!(error instanceof TooLarge)) throw error
        limit = Math.ceil(limit / 10)
      }
    }
    return undefined
  }

  /** Deals with ends by others, and with votes that nobody but their sender's clients can read. */
  async #settle({ room, poll }: SyncTarget, { ends, encrypted }: Related, signal: AbortSignal) {
    if (encrypted.length > 0) {
      if (await this.#rooms.state(room, 'm.room.encryption', '', signal)) return 'encrypted' as const
    }
    const foreign = ends.filter(({ sender }) => sender !== this.#users.bot)
    let isShownEnded = ends.length > foreign.length
    for (const { id, sender } of [...foreign, ...encrypted]) {
      await this.#redact(room, id, signal)
      isShownEnded ||= poll.status === 'open' && (await this.#mayEnd(room, sender, foreign, signal))
    }
    return poll.status === 'open' && isShownEnded ? ('stale' as const) : undefined
  }

  /** Clients of people that are open take an end by who may redact, and keep it although it is redacted. */
  async #mayEnd(room: string, account: string, ends: RelatedEvent[], signal: AbortSignal): Promise<boolean> {
    return ends.some(({ sender }) => sender === account) && mayRedact(this.#rooms, room, account, signal)
  }

  /** Asks which responses are handled before it reads ballots, so a ballot is never older than what is known of them. */
  async #plan(target: SyncTarget, shown: ShownStart, responses: readonly SeenResponse[]): Promise<SyncStep[][]> {
    const { poll } = target
    const users = this.#users
    const pending = await this.#pending(responses)
    const ballots = await this.#reads.ballots(poll, matrixChat, maxNativeBallots)
    const frame: Frame = { ...shown, endsAt: poll.status === 'closed' ? poll.closedAt?.getTime() : undefined }
    return planSync({
      ...{ frame, responses, ballots: ballots.map(nativeBallot) },
      isHandled: ({ id }) => !pending.has(id),
      isOurs: (account) => users.isOurs(account),
      ghostOf: (personId) => users.ghostOf(personId),
    })
  }

  /** The responses of people that the inbox has not handled yet. */
  async #pending(responses: readonly SeenResponse[]): Promise<Set<string>> {
    const since = this.#clock().getTime() - maxPendingMs
    const recent = responses.filter(({ sender, ts }) => !this.#users.isOurs(sender) && ts >= since).map(({ id }) => id)
    if (recent.length === 0) return new Set()
    const answered = await this.#reads.answered(matrixChat, recent.map(answerKey))
    const rest = recent.filter((id) => !answered.has(answerKey(id)))
    const handled = await this.#reads.handled(matrixChat, rest)
    return new Set(rest.filter((id) => !handled.has(id)))
  }

  /** @returns whether all were taken before the time was over */
  async #takeAll(target: SyncTarget, groups: SyncStep[][], signal: AbortSignal): Promise<boolean> {
    const endsAt = performance.now() + budgetMs
    const waiting = groups.values()
    let left = groups.length
    let hasFailed = false
    const work = async () => {
      for (const steps of waiting) {
        for (const step of steps) await this.#take(target, step, signal)
        left -= 1
        if (hasFailed || performance.now() > endsAt) return
      }
    }
    const workers = Array.from({ length: maxConcurrent }, () =>
      work().catch((error) => {
        hasFailed = true
        throw error
      }),
    )
    const failure = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected')
    if (failure?.status === 'rejected') throw failure.reason
    return left === 0
  }

  async #take(target: SyncTarget, step: SyncStep, signal: AbortSignal): Promise<void> {
    if (step.kind === 'redact') return this.#redact(target.room, step.response, signal)
    const { room } = target
    const respond = async () => {
      await this.#ghosts.bringIn(room, step.person, signal)
      await this.#respond(target, step, signal)
    }
    try {
      await respond()
    } catch (error) {
      if (!(error instanceof MatrixError && error.answer.status === 403)) throw error
      this.#ghosts.forget(room, step.person)
      const account = this.#users.ghostOf(step.person.id)
      if ((await this.#rooms.membership(room, account, signal)) === 'ban') throw new BannedGhost(account)
      await respond()
    }
  }

  /** If this response was sent before, and somebody has redacted it, it is sent under another id. */
  async #respond(
    { room, start }: SyncTarget,
    { person, answers, ts }: { person: PersonName; answers: readonly string[]; ts: number },
    signal: AbortSignal,
  ): Promise<void> {
    const sender = this.#users.ghostOf(person.id)
    const response = { room, type: pollTypes.response, content: responseContent(start, answers), sender, ts }
    let former = ''
    for (let repeat = 0; repeat < maxRepeats; repeat++) {
      const txnId = transactionId('response', start, sender, ts, former, ...answers)
      former = await this.#rooms.send({ ...response, txnId }, signal)
      const event = await this.#rooms.event(room, former, signal)
      if (!event || answersIn(event.content)) return
    }
  }

  async #redact(room: string, event: string, signal: AbortSignal): Promise<void> {
    await this.#rooms.redact(room, event, transactionId('redaction', event), signal)
  }
}

class BannedGhost extends Error {
  readonly account: string

  constructor(account: string) {
    super('This account is banned from the room.')
    this.account = account
  }
}

function sorted(events: readonly RelatedEvent[]): Related {
  const are = (...types: readonly string[]) => events.filter(({ type }) => types.includes(type))
  return {
    responses: are(...responseTypes),
    ends: are(...endTypes),
    encrypted: are('m.room.encrypted'),
  }
}

/**
 * Without the rest of its content, which may be large. Clients count the edit of a response. Polldock takes none, and treats
 * the response as malformed.
 */
function relatedEvent({
  event_id: id,
  type,
  sender,
  origin_server_ts: ts,
  content,
  unsigned,
}: RoomEvent): RelatedEvent {
  const isEdited = unsigned?.['m.relations']?.['m.replace'] !== undefined
  return { id, type, sender, ts, answers: isEdited ? null : answersIn(content) }
}

function nativeBallot({ person, accounts, choices, at }: Awaited<ReturnType<ChatReads['ballots']>>[number]) {
  return { person, accounts, answers: optionIdsOf(choices), at: at.getTime() } satisfies NativeBallot
}
