import { type ChildProcess, fork } from 'node:child_process'
import { resolve } from 'node:path'

type Calls = Record<string, (argument: never) => unknown>
type Question = { id: number; call: string; argument: unknown }
type RemoteResult = { id: number; result?: unknown; error?: string }

/** The functions of another process, each with one argument. */
export type Remote<C extends Calls> = {
  [K in keyof C]: (...argument: Parameters<C[K]>) => Promise<Awaited<ReturnType<C[K]>>>
}

/** Makes these functions callable by the process that started this one, and ends with it. */
export function answerCalls(calls: Calls): void {
  process.on('disconnect', () => process.exit())
  process.on('message', async ({ id, call, argument }: Question) => {
    try {
      process.send?.({ id, result: await calls[call]?.(argument as never) })
    } catch (error) {
      process.send?.({ id, error: (error as Error).stack })
    }
  })
}

const timeoutMs = 120_000

/** Starts `file`, a path or a name in this folder, in its own process. */
export function startProcess<C extends Calls>(file: string, execArgv: string[] = []) {
  const path = resolve(import.meta.dirname, file)
  const child = fork(path, { execArgv, serialization: 'advanced' })
  return { remote: remoteOf<C>(child), stop: () => stop(child) }
}

/** A process that answers calls and was started in another way. */
export function remoteOf<C extends Calls>(child: ChildProcess): Remote<C> {
  return new Proxy({} as Remote<C>, {
    get: (_target, call) => (argument: unknown) => ask(child, String(call), argument),
  })
}

let questions = 0

function ask(child: ChildProcess, call: string, argument: unknown): Promise<unknown> {
  questions += 1
  const question: Question = { id: questions, call, argument }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish({ id: question.id, error: `No answer to ${call} in time` }), timeoutMs)
    const onMessage = (answer: RemoteResult) => void (answer.id === question.id && finish(answer))
    const onExit = (code: number | null) => finish({ id: question.id, error: `Ended with ${code} during ${call}` })
    const finish = ({ result, error }: RemoteResult) => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
      if (error) reject(new Error(error))
      else resolve(result)
    }
    child.on('message', onMessage).on('exit', onExit)
    child.send(question)
  })
}

/** The process ends itself, so `NODE_OPTIONS=--cpu-prof` can write its profile. */
function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.disconnect()
  })
}
