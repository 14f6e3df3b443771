import type { ChatReads } from '../../chat.ts'
import { MatrixError } from '../homeserver.ts'
import { transactionId } from '../ids.ts'
import { message, reply } from '../posting/content.ts'
import type { ShownEntry } from '../posting/post-entry.ts'
import { words } from '../posting/rich-text.ts'
import { mayRunPolls } from '../power.ts'
import type { MatrixRooms } from '../rooms.ts'
import {
  digestOf,
  endContent,
  maxNativeBallots,
  nativePollIn,
  type OffReason,
  pollTypes,
  type StoredNative,
  startContent,
  storedNativeIn,
  whyNotNative,
} from './native-poll.ts'
import { ResponseSync, type SyncOptions, type SyncResult, type SyncTarget } from './sync.ts'

/** What a thread's native poll is brought to show. */
type Showing = { room: string; entry: ShownEntry; root: string; signal: AbortSignal; native: StoredNative }

/** A poll whose options change more often than that is shown only as text. */
const maxGenerations = 50
/** How often an end is sent again that somebody has redacted. */
const maxEnds = 5
/** Answers that will not change when they are asked again. */
const finalStatuses = [400, 403, 413]
const forGood: readonly OffReason[] = ['forbidden', 'removed', 'restarts', 'crowded']

/**
 * The native poll of each thread, beside the message that shows the poll as text. `show` compares what the room has with
 * the poll as it is now, and sends what is missing, so it may be repeated and interrupted anywhere.
 */
export class NativePolls {
  readonly #rooms: MatrixRooms
  readonly #bot: string
  readonly #reads: ChatReads
  readonly #publicUrl: URL
  readonly #sync: ResponseSync

  constructor(options: SyncOptions & { publicUrl: URL }) {
    this.#rooms = options.rooms
    this.#bot = options.users.bot
    this.#reads = options.reads
    this.#publicUrl = options.publicUrl
    this.#sync = new ResponseSync(options)
  }

  /**
   * Makes what clients count equal the ballots of the poll.
   *
   * @throws {MatrixError}
   * @throws {NetworkError}
   */
  sync(target: SyncTarget, signal: AbortSignal): Promise<SyncResult> {
    return this.#sync.run(target, signal)
  }

  /**
   * Brings the native poll of a thread to the state of the poll.
   *
   * @returns what to store of it, and whether it has to be called again for the rest
   * @throws {MatrixError}
   * @throws {NetworkError}
   */
  async show(
    { room, entry, root }: Pick<Showing, 'room' | 'entry' | 'root'>,
    signal: AbortSignal,
  ): Promise<{ native: StoredNative; isUnfinished: boolean }> {
    const showing: Showing = { room, entry, root, signal, native: storedNativeIn(entry.thread?.data) }
    try {
      const isUnfinished = (await this.#show(showing)) === 'unfinished'
      return { native: showing.native, isUnfinished }
    } catch (error) {
      if (!(error instanceof MatrixError && finalStatuses.includes(error.answer.status))) throw error
      // Of a room where the bot may do nothing, this says so.
      await this.#turnOff(showing, 'forbidden')
      return { native: showing.native, isUnfinished: false }
    }
  }

  /**
   * Takes the native polls of a connection away, in which nobody would count votes any more.
   *
   * @throws {MatrixError}
   * @throws {NetworkError}
   */
  async withdraw(room: string, connectionId: string, signal: AbortSignal): Promise<void> {
    for await (const threads of this.#reads.threads(connectionId)) {
      const open = threads.map(nativePollIn).filter((poll) => poll && !poll.isEnded)
      await Promise.all(open.map((poll) => poll && this.#redact({ room, signal }, poll.start)))
    }
  }

  async #show(showing: Showing): Promise<'unfinished' | undefined> {
    const { entry, native } = showing
    const { poll } = entry
    if (poll.deletedAt) return this.#erase(showing)
    if (native.off && forGood.includes(native.off)) return undefined
    const why = whyNotShown(entry)
    if (why) return this.#turnOff(showing, why)
    const isEnded = native.poll?.isEnded ?? true
    if (poll.status === 'closed' && isEnded) return this.#correct(showing)
    let isRight = !isEnded && native.poll?.digest === digestOf(poll)
    for (;;) {
      if (!isRight && !(await this.#start(showing))) return undefined
      const result = await this.#syncNow(showing)
      if (result === 'unfinished') return result
      if (result === 'done') return poll.status === 'closed' ? this.#end(showing) : undefined
      if (typeof result === 'object') return this.#turnOff(showing, 'banned', result.banned)
      if (result !== 'stale') return this.#turnOff(showing, result)
      isRight = false
    }
  }

  async #syncNow({ room, entry: { poll }, native, signal }: Showing): Promise<SyncResult> {
    if (!native.poll) return 'stale'
    const { start, digest } = native.poll
    return this.#sync.run({ room, poll, start, digest }, signal)
  }

  /** Posts a new start in place of the one before. Resolves to whether the room allows it. */
  async #start(showing: Showing): Promise<boolean> {
    const { room, entry, root, signal, native } = showing
    const { poll, connection } = entry
    const why = await this.#whyNotHere(showing)
    if (why) {
      await this.#turnOff(showing, why)
      return false
    }
    const former = [...(native.former ?? [])]
    if (native.poll?.isEnded) former.push(native.poll.start)
    else if (native.poll) await this.#redact(showing, native.poll.start)
    const generation = native.generation + 1
    const txnId = transactionId('native', connection.id, poll.id, generation)
    const content = startContent(poll, root, this.#publicUrl)
    const start = await this.#rooms.send({ room, type: pollTypes.start, content, txnId }, signal)
    showing.native = { generation, former, poll: { start, digest: digestOf(poll), isEnded: false } }
    return true
  }

  /** Votes in an encrypted room cannot be read. */
  async #whyNotHere({ room, signal, native }: Showing): Promise<OffReason | undefined> {
    if (native.generation >= maxGenerations) return 'restarts'
    if (native.banned && (await this.#rooms.membership(room, native.banned, signal)) === 'ban') return 'banned'
    if (!(await mayRunPolls(this.#rooms, room, { bot: this.#bot, types: pollTypes }, signal))) return 'power'
    return (await this.#rooms.state(room, 'm.room.encryption', '', signal)) ? 'encrypted' : undefined
  }

  /** Ballots change after the end, too, when two people turn out to be one, and a moderator may have redacted the end. */
  async #correct(showing: Showing): Promise<'unfinished' | undefined> {
    const { room, native, signal } = showing
    if (!native.poll) return undefined
    const result = await this.#syncNow(showing)
    if (result !== 'done') return result === 'unfinished' ? result : undefined
    const read = { relation: 'm.reference', type: pollTypes.end, limit: maxEnds }
    const { events } = await this.#rooms.relations(room, native.poll.start, read, signal)
    if (!events.some(({ sender }) => sender === this.#bot)) await this.#end(showing)
  }

  /** An end that was sent before, and that somebody has redacted, is sent under another id. */
  async #end(showing: Showing): Promise<undefined> {
    const { room, entry, signal, native } = showing
    if (!native.poll) return
    const { start } = native.poll
    const { closedAt } = entry.poll
    const end = { room, type: pollTypes.end, content: endContent(start), ...(closedAt && { ts: closedAt.getTime() }) }
    let redacted: string[] = []
    for (let repeat = 0; repeat < maxEnds; repeat++) {
      const txnId = transactionId('end', start, ...redacted)
      const id = await this.#rooms.send({ ...end, txnId }, signal)
      const sent = await this.#rooms.event(room, id, signal)
      if (!sent || Object.keys(sent.content).length > 0) break
      redacted = [id]
    }
    showing.native = { ...native, poll: { ...native.poll, isEnded: true } }
  }

  /** An ended poll stays. */
  async #turnOff(showing: Showing, off: OffReason, banned?: string): Promise<undefined> {
    const { native } = showing
    if (native.poll && !native.poll.isEnded) {
      const { start } = native.poll
      if (off !== 'removed') await this.#redact(showing, start)
      const why = withdrawn[off]
      if (why) await this.#say(showing, `${why} People vote on the page of the poll.`, start)
      const { generation, former } = native
      showing.native = { generation, off, ...(former && { former }), ...(banned && { banned }) }
    } else showing.native = { ...native, off }
  }

  /** Nothing of a deleted poll stays. */
  async #erase(showing: Showing): Promise<undefined> {
    const { former = [], poll, ...native } = showing.native
    for (const start of [...former, ...(poll ? [poll.start] : [])]) await this.#redact(showing, start)
    showing.native = native
  }

  async #redact({ room, signal }: Pick<Showing, 'room' | 'signal'>, event: string): Promise<void> {
    await this.#rooms.redact(room, event, transactionId('redaction', event), signal)
  }

  async #say({ room, root, signal }: Showing, text: string, start: string): Promise<void> {
    const content = reply(root, message(words(text)))
    await this.#rooms.send({ room, content, txnId: transactionId('withdrawn', start) }, signal)
  }
}

function whyNotShown({ poll, movedAway, connection }: ShownEntry): OffReason | undefined {
  if (movedAway) return 'moved'
  return connection.settings.nativePolls === false ? 'setting' : whyNotNative(poll)
}

const powerless = 'To show this poll here, Polldock needs the power to post polls, to remove messages and to invite.'

/** Why a native poll was taken away, where people could wonder. */
const withdrawn: Readonly<Partial<Record<OffReason, string>>> = {
  rules: 'Clients of Matrix cannot show this poll as it is now.',
  votes: `More than ${maxNativeBallots.toLocaleString('en')} people have voted, which is too many for a poll of Matrix.`,
  encrypted: 'This room is encrypted now, so Polldock cannot read votes here.',
  power: powerless,
  forbidden: powerless,
  crowded: 'More was sent to this poll of Matrix than Polldock can read.',
  banned: 'This room has banned an account that shows the vote of somebody on the web.',
  restarts: 'The options have changed too often to show this poll here.',
}
