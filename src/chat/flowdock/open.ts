import type { Config } from '../../config.ts'
import type { ChatOptions, OpenChat } from '../chat.ts'
import { readFlowdockConfig } from './config.ts'
import { FlowdockClient } from './posting/client.ts'
import { FlowdockReader } from './reading/flowdock-reader.ts'

/** @returns undefined when no Flowdock is configured */
export function openFlowdock(config: Config, { timeouts, clock, secrets }: ChatOptions): OpenChat | undefined {
  const { publicUrl } = config
  const flowdock = readFlowdockConfig(config, secrets)
  if (!flowdock) return undefined
  const isSandbox = flowdock.sandboxPort !== undefined
  return {
    chat: new FlowdockClient({ apiUrl: flowdock.apiUrl, publicUrl, timeouts, clock, isSandbox }),
    reader: new FlowdockReader({ ...flowdock, clock }),
  }
}
