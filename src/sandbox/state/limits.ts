/** How much the sandbox keeps. The oldest entries are deleted first. */
export type Limits = {
  /** Per flow. */
  messages: number
  /** Per flow. */
  threads: number
  /** For all flows together, removed ones included. */
  sources: number
  /** More are refused: a program may use the oldest. */
  applications: number
  /** For all users together. */
  privateConversations: number
  /** Per private conversation. */
  privateMessages: number
}

export const defaultLimits: Limits = {
  messages: 5_000,
  threads: 2_000,
  sources: 1_000,
  applications: 100,
  privateConversations: 200,
  privateMessages: 1_000,
}
