import type { FastifyPluginAsync } from 'fastify'
/** The name of a span, and its kind when it sends to or receives from a queue. */
export type TraceStep = { name: string; kind?: 'producer' | 'consumer' }

/** Connects work with the request that caused it, when it runs later, in another process, or in a batch. */
export type TraceContext = {
  /** The current `traceparent` (https://www.w3.org/TR/trace-context/); undefined outside a trace. */
  current(): string | undefined
  /** Runs it in a span that continues the first of these traces and is linked with the others. */
  continueTrace<T>(step: TraceStep, from: readonly (string | undefined)[], run: () => Promise<T>): Promise<T>
}

/** Tracing of the whole process. */
export type Tracing = TraceContext & {
  /** Makes a span of every request; register it before all other plugins. */
  requests: FastifyPluginAsync
  /** Sends the remaining spans. */
  close(): Promise<void>
}
