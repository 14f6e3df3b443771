import type { Secrets } from '../config.ts'
import type { PersonName } from '../people/model/person-name.ts'
import type { PollEvent } from '../polls/model/events.ts'
import type { Choices, NonVoters, Poll } from '../polls/model/poll.ts'

/** What a chat is called, and where its pages are on this server. */
export type ChatDescription = {
  /** As in the database and in paths: "example-chat". */
  key: string
  /** As people write it: "Example Chat". */
  name: string
  /** What people connect: "channel". */
  room: string
  /** The same with the name of the chat: "an Example Chat channel". */
  fullRoom: string
  /** What a connection is good for, in a sentence; by default, that polls become threads. */
  offer?: string
  /** Whether it only gets messages, so nobody writes or clicks there. */
  isOneWay?: boolean
  /** Whether what people write in every thread becomes comments. In other chats, this is so in some connections. */
  takesComments?: boolean
  /** Whether a sign-in finds the connected rooms of the account, and the settings of a room lead to its connection. */
  findsRooms?: boolean
  /** The page that connects a room. */
  connectPath: string
  /** Where people sign in with their account of the chat, if they can. It takes `back`, the path to return to. */
  signInPath?: string
  /** What a connection leaves in the chat unless it is removed, too: "integration". */
  leaves?: string
  /** What becomes of what was posted when a connection ends, in a sentence; by default, that it stays. */
  ending?: string
  /** Other origins to which forms of the chat's pages lead. */
  formOrigins: readonly string[]
  /** What is wrong with the chat as a whole now, in sentences for people. */
  readonly trouble?: string | undefined
  /** The address of the sandbox that runs instead of the chat. */
  sandbox?: string | undefined
}

/**
 * What a message shows of a chat account. It has no e-mail address: a connection may belong to another team, which must
 * not see it.
 */
export type ChatProfile = { name: string; avatarUrl: string | null }

/** A choice that people make for a connection, and that only this chat has. It is on or off. */
export type ChatSetting = {
  name: string
  label: string
  hint?: string
  /** Whether it is on in connections for which nobody has chosen. */
  initial: boolean
}

/** By the names of a chat's settings, whether each is on. */
export type ChatSettings = Readonly<Record<string, boolean>>

/** All settings of a chat, as they are for a connection. @param stored may lack some */
export function chatSettingsOf({ settings = [] }: Pick<Chat, 'settings'>, stored: unknown): ChatSettings {
  const chosen = stored as ChatSettings
  return Object.fromEntries(settings.map(({ name, initial }) => [name, chosen[name] ?? initial]))
}

/** The connection that a message is for. */
export type EntryConnection = {
  id: string
  /** The chat's own id of the connection. */
  externalId: string
  /** Data that only the code of this chat reads. */
  address: unknown
  /** All that the chat has. */
  settings: ChatSettings
}

/**
 * A message for a poll's thread: one event, or several votes together. The thread shows the poll as it is now, which may
 * be later than the events.
 */
export type Entry = {
  /** An idempotency key, derived from the connection, the poll and the last revision (RFC 9562, version 8). */
  uuid: string
  connection: EntryConnection
  /** As the chat returned it with an earlier message to this thread; undefined before that. */
  thread: Thread | undefined
  poll: Poll
  /** In the order of their revisions; more than one only for votes. */
  events: readonly [PollEvent, ...PollEvent[]]
  /** The poll has moved to a category that this connection does not follow. This is the thread's last message. */
  movedAway: boolean
  /** Who has not voted now; only for a reminder. */
  nonVoters?: NonVoters | undefined
  /** Whether what people write in the thread becomes comments of the poll. */
  isRead: boolean
  /** The chat accounts of people in `events`, by person id. */
  profiles: ReadonlyMap<string, ChatProfile>
}

/** A thread whose poll has changed by events that its connection does not post. */
export type ThreadToRefresh = Pick<Entry, 'connection' | 'poll'> & { thread: Thread }

/** What a chat remembers of a thread from one message to the next. Polldock stores it, and does not read `data`. */
export type Thread = {
  /** The chat's id of the thread. With it, `Connections.threadOf` finds the poll in which somebody writes or clicks. */
  id: string
  /** JSON. */
  data?: unknown
}

/** What became of a message. */
export type Outcome =
  /**
   * A thread that is given replaces the stored one. If the process dies before it is stored, the message is posted again
   * with the earlier thread: derive ids of requests from the entry's `uuid`, or from the connection and the poll.
   * `isUnfinished`: more is left to do, so the thread is stored, and the entry delivered again at once.
   */
  | { kind: 'sent'; thread?: Thread; isUnfinished?: boolean }
  /** Retry later, after `afterMs` milliseconds if the chat said so. */
  | { kind: 'later'; reason: string; afterMs?: number }
  /** The connection was removed in the chat: post no more, and forget the credentials. */
  | { kind: 'gone'; reason: string }
  /** The chat does not accept the credentials. A person has to act. */
  | { kind: 'unauthorized'; reason: string }
  /** The chat will never accept this message. It may accept others. */
  | { kind: 'invalid'; reason: string }

/** How long a request to a chat may take, in milliseconds: to connect, and in total. */
export type ChatTimeouts = { connectMs: number; totalMs: number }

/** What any chat must do. Every request ends within a time limit and never rejects, also when the network fails. */
export type Chat = {
  readonly description: ChatDescription
  /** How a room is connected by a form. A chat without it has pages of its own, at `description.connectPath`. */
  readonly connecting?: ConnectingForm
  /** How its messages are signed, if a person has to give the receiver a secret. */
  readonly signing?: Signing
  /** What people can choose for a connection, on its pages. */
  readonly settings?: readonly ChatSetting[]
  /** Whether people can vote in the thread of this poll, so pages can say so. */
  takesVotes(poll: Poll): boolean
  /**
   * Posts one message. Polldock calls it for many messages at once, but not for two of the same thread.
   *
   * @param credentials for posting, as stored in `Connection.credentials`, decrypted
   */
  deliver(credentials: string, entry: Entry, signal: AbortSignal): Promise<Outcome>
  /**
   * Shows the poll as it is now, without a message about what happened. The outcome is one as of a message. Left out if
   * only messages show the poll.
   */
  refresh?(credentials: string, about: ThreadToRefresh, signal: AbortSignal): Promise<Outcome>
  /**
   * Shows an error at the connection in the chat. An empty text clears it. Resolves to whether that worked. Left out if
   * the chat cannot show one; the page of the connections always does.
   */
  showError?(credentials: string, text: string, signal: AbortSignal): Promise<boolean>
  /**
   * A connection is about to end: takes away what only works with it. Unless another connection posts in the room, says so
   * there, and leaves it. It never rejects.
   */
  leave?(credentials: string, ending: EndingConnection, signal: AbortSignal): Promise<void>
  /**
   * The data of a person was removed, and this is their name now: the chat renames what has the former one. Resolves to
   * whether nothing is left to rename; else it is called again later. It may be repeated, and never rejects.
   */
  forgetName?(personId: string, name: string, signal: AbortSignal): Promise<boolean>
  /** Aborts the requests under way. */
  close(): Promise<void>
}

/** `isLast`: no other connection posts in its room. */
export type EndingConnection = { id: string; isLast: boolean }

/** The page that connects a room of a chat with a form (`Chat.connecting`). */
export const connectingPath = (chat: string) => `/connections/new/${chat}`

/** The fields of a form that connects a room. The page adds the settings that all connections have. */
export type ConnectingForm = {
  fields: readonly ConnectingField[]
  /** Checks what was typed, by the names of the fields, and changes nothing. It never rejects. */
  check(typed: Readonly<Record<string, string>>): CheckedForm | Promise<CheckedForm>
}

export type CheckedForm = { problems: ConnectingProblems } | ReadyToConnect

export type ReadyToConnect = {
  roomName: string
  /** A form that is sent twice may call this twice; it makes one connection. */
  connect(): Promise<{ room: ConnectedRoom } | { problems: ConnectingProblems }>
}

export type ConnectingField = {
  name: string
  label: string
  hint?: string
  /** The value of a hidden field comes with the link to the page. Without it, people read the hint instead of the form. */
  kind: 'text' | 'url' | 'password' | 'hidden'
  /** What the field contains at first. */
  initial?: string
}

/** By the names of the fields; an empty name stands for the form. The first of each is shown. */
export type ConnectingProblems = { readonly [field: string]: readonly string[] | undefined }

export type ConnectedRoom = {
  /** The connection's name in the chat. */
  name: string
  /** Shown on the pages of its polls. */
  roomName: string
  roomUrl: string | null
  /** The chat's id of the connection. A form makes no second connection of the same id until the first has ended. */
  externalId: string
  /** Data that only the code of this chat reads, in the clear. */
  address: Record<string, string>
  /** Polldock stores them encrypted, and gives them to `Chat.deliver`. */
  credentials: string
}

/** The secrets in a connection's credentials, with which the receiver verifies messages. */
export type Signing = {
  /** The secret for the receiver, as text. */
  secretOf(credentials: string): string
  /** Until when messages are also signed with the former secret; undefined without one. */
  formerUntil(credentials: string, now: Date): Date | undefined
  /** The credentials with a new secret. Messages are signed with the former one, too, for a while. */
  rotate(credentials: string, now: Date): string
}

/** Reads what people write in the threads of a chat, for comments. */
export type ThreadReader = {
  /**
   * Reads what people write in the threads of a room, from a position on, until the chat ends the connection or the
   * signal aborts. A line may come twice. It never rejects.
   */
  read(session: ReadSession, signal: AbortSignal): Promise<ReadEnd>
  close(): Promise<void>
}

/** A line that a person wrote in a thread. */
export type ThreadLine = {
  pollId: string
  /** The chat's id of the message, unique in the chat. */
  message: string
  author: { accountId: string; name: string }
  text: string
}

export type ReadSession = {
  /** Decrypted, as `saveCredentials` stored them. */
  credentials: string
  /** Data that only the code of this chat reads. */
  address: unknown
  /** Reading starts after this message; null when it is not known: then it starts with the next message. */
  position: string | null
  /** The chat's tokens change while they are used. */
  saveCredentials(credentials: string): Promise<void>
  onConnected(): Promise<void>
  /** Resolves when the lines are stored: then the next connection starts after this position. */
  onLines(lines: readonly ThreadLine[], position: string): Promise<void>
}

/** `unauthorized`: a person has to sign in again. */
export type ReadEnd = { kind: 'ended' | 'later' | 'unauthorized'; reason: string }

/** A ballot that counts. `accounts` are the voter's accounts of a chat; `at` is when it was cast. */
export type ChatBallot = { person: PersonName; accounts: readonly string[]; choices: Choices; at: Date }

/** What a chat reads from the database to show who voted for what. */
export type ChatReads = {
  /** The ballots of a poll that count, at most `limit`; none of an anonymous poll. */
  ballots(poll: Poll, chat: string, limit: number): Promise<ChatBallot[]>
  /** Those of these idempotency keys of a chat that have an answer. */
  answered(chat: string, keys: readonly string[]): Promise<Set<string>>
  /** Those of these messages that a chat pushed, by id, that are handled. */
  handled(chat: string, messages: readonly string[]): Promise<Set<string>>
  /** What the chat remembers of all threads of a connection, page by page. */
  threads(connectionId: string): AsyncIterable<unknown[]>
}

/** What every chat is opened with, besides the configuration. */
export type ChatOptions = {
  timeouts: ChatTimeouts
  clock: () => Date
  /** The keys of links and tokens are derived from these. */
  secrets: Secrets
  reads: ChatReads
}

/** A configured chat; without a reader, nothing is read from it. */
export type OpenChat = { chat: Chat; reader?: ThreadReader }
