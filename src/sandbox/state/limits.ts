/** How much the sandbox keeps. The oldest entries are deleted first. */
export type Limits = {
  /** More are refused, for flows and for users. */
  flows: number
  users: number
  /** For all flows together, accepted ones included. */
  invitations: number
  /** Per flow. */
  messages: number
  /** Of all messages of a flow together, in characters. */
  messageText: number
  /** Per flow. */
  threads: number
  /** Of all threads of a flow together, in characters. */
  threadText: number
  /** For all flows together, removed ones included. */
  sources: number
  /** More are refused: a program may use the oldest. */
  applications: number
  /** In bytes. A larger file is refused. */
  fileSize: number
  /** In bytes, for the files of all flows together. */
  allFiles: number
  /** For all users together. */
  privateConversations: number
  /** Per private conversation. */
  privateMessages: number
  /** Of all messages of a private conversation together, in characters. */
  privateText: number
}

export const defaultLimits: Limits = {
  // Full ones have 24 million characters each.
  flows: 20,
  users: 500,
  invitations: 1_000,
  messages: 10_000,
  messageText: 16 * 2 ** 20,
  threads: 2_000,
  threadText: 8 * 2 ** 20,
  sources: 1_000,
  applications: 100,
  fileSize: 5 * 2 ** 20,
  allFiles: 64 * 2 ** 20,
  privateConversations: 200,
  privateMessages: 1_000,
  privateText: 2 ** 20,
}
