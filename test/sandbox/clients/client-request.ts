import type { Received, Sent } from '../../support/exchange.ts'
import type { Box } from '../box.ts'

/** A request as a published client sends it, read from its source. */
export type ClientRequest = {
  /** Its name and version, or its commit if it has no version. */
  client: string
  /** What a person does with it. Begins with a verb. */
  does: string
  /** What the documentation does not promise: the table in docs/sandbox.md lists it. */
  needs?: string
  send: (box: Box) => Promise<Sent> | Sent
  /** Checks what the client reads from the answer, and the effect. */
  expects: (received: Received, box: Box) => unknown
}
