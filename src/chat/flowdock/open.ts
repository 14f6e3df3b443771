import type { Config } from '../../config.ts'
import type { ChatOptions, OpenChat } from '../chat.ts'
import { FlowdockClient } from './posting/client.ts'
import { FlowdockReader } from './reading/flowdock-reader.ts'

/** @returns undefined when no Flowdock is configured */
export function openFlowdock(
  { flowdock, publicUrl, sandboxPort }: Config,
  { timeouts, clock }: ChatOptions,
): OpenChat | undefined {
  if (!flowdock) return undefined
  const isSandbox = sandboxPort !== undefined
  return {
    chat: new FlowdockClient({ apiUrl: flowdock.apiUrl, publicUrl, timeouts, clock, isSandbox }),
    reader: new FlowdockReader({ ...flowdock, clock }),
  }
}
