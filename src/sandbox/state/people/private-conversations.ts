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
  /** The position of the last message in each user's deleted conversations. */
  readonly #forgottenUntil = new Map<User, number>()

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
    const conversation = this.#use(one, other)
    this.#forgetSurplus()
    return conversation
  }

  /** Sends a chat line. The conversation opens for both users. */
  send(from: User, to: User, { content, uuid = null }: { content: string; uuid?: string | null }): FlowMessage {
    const conversation = this.#use(from, to)
    const line = { event: 'message', content, externalUserName: null, threadId: null } as const
    const message = conversation.messages.add({ ...line, tags: [], user: from, uuid })
    this.#forgetSurplus()
    for (const user of conversation.users) conversation.setOpen(user, true)
    conversation.markSeen(from)
    this.changes.publish({ conversation, message })
    return message
  }

  /** The position of the user's last message that was deleted for a limit. */
  forgottenUntil(user: User): number {
    const inKept = this.of(user).map(({ messages }) => messages.forgottenUntil)
    return Math.max(this.#forgottenUntil.get(user) ?? 0, ...inKept)
  }

  #use(one: User, other: User): PrivateConversation {
    const { clock, nextPosition, limits } = this.#options
    const [limit, textLimit] = [limits.privateMessages, limits.privateText]
    const messages = () => new MessageLog({ clock, nextPosition, limit, textLimit })
    const conversation = this.find(one, other) ?? new PrivateConversation([one, other], messages())
    this.#conversations.delete(key(one, other))
    this.#conversations.set(key(one, other), conversation)
    return conversation
  }

  /** Those without messages first: everybody who looks at one creates one. */
  #forgetSurplus(): void {
    const isEmpty = ({ messages }: PrivateConversation) => messages.list().length === 0
    while (this.#conversations.size > this.#options.limits.privateConversations) {
      const [...all] = this.#conversations.values()
      const first = all.find(isEmpty) ?? all[0]
      if (first) this.#forget(first)
    }
  }

  #forget({ users, messages }: PrivateConversation): void {
    this.#conversations.delete(key(...users))
    const last = messages.list().at(-1)?.position ?? 0
    for (const user of users) this.#forgottenUntil.set(user, Math.max(this.#forgottenUntil.get(user) ?? 0, last))
  }
}

const key = (one: User, other: User) => `${Math.min(one.id, other.id)} ${Math.max(one.id, other.id)}`
