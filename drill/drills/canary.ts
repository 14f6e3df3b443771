import { canaryError } from '../../test/canary/canary-error.ts'
import type { Drill } from '../drill.ts'

/** The only drill when `CANARY` is set: the tests first see that a broken promise fails the command. */
export const canary: Drill = {
  name: 'canary',
  title: 'A promise that is broken',
  run: async () => ({ done: 'nothing', findings: [{ promise: 'it is kept', found: canaryError, kept: false }] }),
}
