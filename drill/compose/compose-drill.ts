import type { Done } from '../drill.ts'
import type { Stack } from './stack.ts'

/** A failure, caused on purpose in a deployment of the compose file. */
export type ComposeDrill = {
  /** What the command line calls it. */
  name: string
  title: string
  run(stack: Stack): Promise<Done>
}
