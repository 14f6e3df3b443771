import type { Config } from '../../config.ts'
import type { ChatOptions, OpenChat } from '../chat.ts'
import { readMatrixConfig, sandboxHomeserver } from './config.ts'
import { MatrixChat } from './matrix-chat.ts'

/** @returns undefined when no homeserver is configured */
export function openMatrix(config: Config, options: ChatOptions): OpenChat | undefined {
  const matrix = readMatrixConfig(config.environment)
  if (!matrix) return undefined
  const { publicUrl } = config
  const sandboxUrl = sandboxHomeserver(config, matrix)
  return { chat: new MatrixChat({ matrix, publicUrl, sandboxUrl, ...options }) }
}
