import { onTestFinished } from 'vitest'
import type { Chat, ChatTimeouts, Entry, Outcome, Thread } from '../../../src/chat/chat.ts'
import type { ChatFault, ChatStage, StagedRoom } from './stage.ts'

/** Answers take milliseconds, and on a busy machine now and then a second. */
export const longEnough = { connectMs: 2_500, totalMs: 5_000 }
export const shortTime = { connectMs: 400, totalMs: 400 }
export const never = new AbortController().signal

/** The chat of a stage, and what the cases do with it. */
export type OnStage = {
  readonly stage: ChatStage
  /** Opens the chat once more, until the test ends. */
  open(timeouts?: ChatTimeouts): Chat
  /** Opens the chat and a new room. */
  room(timeouts?: ChatTimeouts): Promise<DirectRoom>
  /** A test that is skipped where the chat cannot have the fault. */
  testIf(kind: ChatFault['kind'], title: string, run: () => Promise<void>): void
}

/** A room in the stand-in, to which messages go directly, without delivery. */
export class DirectRoom {
  readonly chat: Chat
  readonly staged: StagedRoom
  readonly #stage: ChatStage
  /** What the chat remembers, by poll id. */
  readonly #threads = new Map<string, Thread>()

  constructor(chat: Chat, staged: StagedRoom, stage: ChatStage) {
    this.chat = chat
    this.staged = staged
    this.#stage = stage
    onTestFinished(() => stage.fault(undefined, staged))
  }

  async fault(fault: ChatFault | undefined): Promise<void> {
    await this.#stage.fault(fault, this.staged)
  }

  async deliver(entry: Entry, signal = never): Promise<Outcome> {
    const { externalId, address = {}, credentials } = this.staged
    const place = {
      connection: { id: 'connection', externalId, address, settings: {} },
      thread: this.#threads.get(entry.poll.id),
    }
    const outcome = await this.chat.deliver(credentials, { ...entry, ...place }, signal)
    if (outcome.kind === 'sent' && outcome.thread) this.#threads.set(entry.poll.id, outcome.thread)
    return outcome
  }

  async texts(): Promise<string[]> {
    return (await this.staged.messages()).map(({ text }) => text)
  }
}
