/** How much the sandbox remembers; the oldest goes first. */
export type Limits = {
  /** Of a flow. */
  messages: number
  /** Of a flow. */
  threads: number
  /** Of all flows together, with those that were removed. */
  sources: number
}

export const defaultLimits: Limits = { messages: 5_000, threads: 2_000, sources: 1_000 }
