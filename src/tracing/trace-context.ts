import type { FastifyPluginAsync } from 'fastify'
/** What a step is called, and whether it hands something on or takes what was handed on. */
export type TraceStep = { name: string; kind?: 'producer' | 'consumer' }

/** Keeps work connected with what it began with, though it is done later, elsewhere, or together with other work. */
export type TraceContext = {
  /** Where this is, as `traceparent` (https://www.w3.org/TR/trace-context/); undefined where nothing is traced. */
  current(): string | undefined
  /** Does it as a step that goes on from the first of these places, and is linked with the others. */
  continueTrace<T>(step: TraceStep, from: readonly (string | undefined)[], run: () => Promise<T>): Promise<T>
}

/** What follows a click through all that it causes. */
export type Tracing = TraceContext & {
  /** Makes a span of every request; before all other plugins. */
  requests: FastifyPluginAsync
  /** Sends what is left. */
  close(): Promise<void>
}
