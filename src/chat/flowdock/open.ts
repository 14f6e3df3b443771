import type { Config } from '../../config.ts'
import type { OpenChat } from '../chat.ts'
import type { HttpTimeouts } from './http.ts'
import { FlowdockClient } from './posting/client.ts'
import { FlowdockReader } from './reading/flowdock-reader.ts'

/** @returns undefined when no Flowdock is configured */
export function openFlowdock(
  { flowdock, publicUrl, sandboxPort }: Config,
  { timeouts, clock }: { timeouts: HttpTimeouts; clock: () => Date },
): OpenChat | undefined {
  if (!flowdock) return undefined
  const isSandbox = sandboxPort !== undefined
  return {
    chat: new FlowdockClient({ apiUrl: flowdock.apiUrl, publicUrl, timeouts, clock, isSandbox }),
    reader: new FlowdockReader({ ...flowdock, clock }),
  }
}
