import type { Config } from '../../config.ts'
import type { ChatOptions, OpenChat } from '../chat.ts'
import { readMatrixConfig } from './config.ts'
import { MatrixChat } from './matrix-chat.ts'

/** @returns undefined when no homeserver is configured */
export function openMatrix(
  { environment, publicUrl }: Config,
  { timeouts, clock, secrets }: ChatOptions,
): OpenChat | undefined {
  const matrix = readMatrixConfig(environment)
  return matrix && { chat: new MatrixChat({ matrix, publicUrl, timeouts, clock, secrets }) }
}
