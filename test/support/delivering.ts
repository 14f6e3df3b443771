import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { DeliveryTiming } from '../../src/chat/delivery/timing.ts'
import { compileCache, compileOnce } from './quick-start.ts'

export type DeliveringTask = { variables: Record<string, string>; timing: DeliveryTiming }

/** Starts a Polldock that delivers, in a process of its own. Killed when the test ends. */
export async function startDelivering(task: DeliveringTask): Promise<{ url: string; kill(): Promise<void> }> {
  const child = fork(fileURLToPath(new URL('delivering-process.ts', import.meta.url)), {
    execArgv: compileOnce,
    env: { ...process.env, ...compileCache },
  })
  const ended = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  child.send(task)
  const [url] = await Promise.race([once(child, 'message'), ended])
  if (typeof url !== 'string') throw new Error('The process did not start.')
  return {
    url,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
