import { Changes } from '../flow.ts'
import type { Limits } from '../limits.ts'
import { MessageLog } from '../messages/message-log.ts'
import type { FlowMessage, User } from '../types.ts'

/** A change in a private conversation: a new message. */
export type PrivateChange = { conversation: PrivateConversation; message: FlowMessage }

type PrivateOptions = {
  clock: () => Date
  nextPosition: () => number
  limits: Limits
}

/** A chat room for two users. Flowdock documents only chat lines in it: no files, no tags, no threads. */
export class PrivateConversation {
  readonly users: readonly [User, User]
  readonly messages: MessageLog
  readonly #openFor = new Set<User>()
  /** The id of the last message that each user has seen. */
  readonly #seen = new Map<User, number>()

  constructor(users: readonly [User, User], messages: MessageLog) {
    this.users = users
    this.messages = messages
  }

  other(user: User): User {
    const [one, two] = this.users
    return user === one ? two : one
  }

  isOpenFor(user: User): boolean {
    return this.#openFor.has(user)
  }

  setOpen(user: User, isOpen: boolean): void {
    if (isOpen) this.#openFor.add(user)
    else this.#openFor.delete(user)
  }

  hasUnread(user: User): boolean {
    const last = this.messages.list().findLast((message) => message.user !== user)
    return last !== undefined && last.id > (this.#seen.get(user) ?? 0)
  }

  markSeen(user: User): void {
    this.#seen.set(user, this.messages.list().at(-1)?.id ?? 0)
  }
}

/** The private conversations of all users, in memory only. The least recently used one is deleted first. */
export class PrivateConversations {
  readonly changes = new Changes<PrivateChange>()
  /** Ordered by use, latest last. */
  readonly #conversations = new Map<string, PrivateConversation>()
  readonly #options: PrivateOptions
  #forgottenUntil = 0

  constructor(options: PrivateOptions) {
    this.#options = options
  }

  find(one: User, other: User): PrivateConversation | undefined {
    return this.#conversations.get(key(one, other))
  }

  of(user: User): PrivateConversation[] {
    return [...this.#conversations.values()].filter(({ users }) => users.includes(user))
  }

  /** The conversation of two different users. A new one is open for neither. */
  between(one: User, other: User): PrivateConversation {
    const { clock, nextPosition, limits } = this.#options
    const found = this.find(one, other)
    const [limit, textLimit] = [limits.privateMessages, limits.privateText]
    const messages = () => new MessageLog({ clock, nextPosition, limit, textLimit })
    return this.#use(found ?? new PrivateConversation([one, other], messages()))
  }

  /** Sends a chat line. The conversation opens for both users. */
  send(from: User, to: User, { content, uuid = null }: { content: string; uuid?: string | null }): FlowMessage {
    const conversation = this.between(from, to)
    const line = { event: 'message', content, externalUserName: null, threadId: null } as const
    const message = conversation.messages.add({ ...line, tags: [], user: from, uuid })
    for (const user of conversation.users) conversation.setOpen(user, true)
    conversation.markSeen(from)
    this.changes.publish({ conversation, message })
    return message
  }

  /** The position of the user's last message that was deleted for a limit. */
  forgottenUntil(user: User): number {
    return Math.max(this.#forgottenUntil, ...this.of(user).map(({ messages }) => messages.forgottenUntil))
  }

  #use(conversation: PrivateConversation): PrivateConversation {
    const [one, other] = conversation.users
    this.#conversations.delete(key(one, other))
    this.#conversations.set(key(one, other), conversation)
    for (const [oldest, { messages }] of this.#conversations) {
      if (this.#conversations.size <= this.#options.limits.privateConversations) break
      this.#conversations.delete(oldest)
      this.#forgottenUntil = Math.max(this.#forgottenUntil, messages.list().at(-1)?.position ?? 0)
    }
    return conversation
  }
}

const key = (one: User, other: User) => `${Math.min(one.id, other.id)} ${Math.max(one.id, other.id)}`
