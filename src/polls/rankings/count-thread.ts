import { Worker } from 'node:worker_threads'
import { Refusal } from '../../errors.ts'
import type { RankedCount } from '../counting/ranked/ranked-count.ts'
import type { CountTask } from './count-task.ts'

/** `task` is waiting, or being counted. */
type Job = { task: CountTask; resolve(count: RankedCount): void; reject(reason: Refusal): void }

/** A count takes up to half a second; on a busy machine, some seconds. */
const defaultLimits = { waiting: 20, taskMs: 10_000, heapMb: 512 }

/**
 * A worker thread that counts rankings, one after the other: on the main thread, a large one would stop all requests for
 * up to a second. The thread starts with the first task. After a crash or a timeout, the next task starts a new one.
 */
export class CountThread {
  readonly #script: URL
  readonly #limits: typeof defaultLimits
  readonly #waiting: Job[] = []
  #worker: Worker | undefined
  #running: (Job & { timeout: NodeJS.Timeout }) | undefined
  #isClosed = false
  /** Called with the reason when the thread has to be replaced. */
  onFailure: (reason: Error) => void = () => {}

  constructor(script = new URL('count-worker.ts', import.meta.url), limits: Partial<typeof defaultLimits> = {}) {
    this.#script = script
    this.#limits = { ...defaultLimits, ...limits }
  }

  /** @throws {Refusal} `unavailable` if too many tasks wait, or the thread crashes, is too slow, or is closed */
  run(task: CountTask): Promise<RankedCount> {
    if (this.#isClosed || this.#waiting.length >= this.#limits.waiting) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject })
      this.#next()
    })
  }

  /** Ends the thread. What it has not counted yet is refused. */
  async close(): Promise<void> {
    this.#isClosed = true
    const running = this.#takeRunning()
    for (const { reject } of [...(running ? [running] : []), ...this.#waiting.splice(0)]) reject(busy())
    await this.#worker?.terminate()
  }

  #next(): void {
    const job = this.#running ? undefined : this.#waiting.shift()
    if (!job) return
    const { taskMs } = this.#limits
    const timeout = setTimeout(() => this.#fail(new Error(`A count took longer than ${taskMs} ms`)), taskMs)
    this.#running = { ...job, timeout }
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(job.task)
  }

  #start(): Worker {
    const worker = new Worker(this.#script, {
      name: 'count',
      // Not the options of the process, such as modules that observe its server.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heapMb },
    })
    const ifCurrent = (failed: Error) => this.#worker === worker && this.#fail(failed)
    worker.on('message', (count: RankedCount) => this.#worker === worker && this.#finish(count))
    worker.on('error', ifCurrent)
    worker.on('exit', (code) => ifCurrent(new Error(`The thread that counts rankings exited with ${code}`)))
    return worker
  }

  #finish(count: RankedCount): void {
    this.#takeRunning()?.resolve(count)
    // An idle thread does not keep the process alive.
    this.#worker?.unref()
    this.#next()
  }

  #fail(reason: Error): void {
    const worker = this.#worker
    this.#worker = undefined
    this.#takeRunning()?.reject(busy())
    worker?.terminate()
    if (this.#isClosed) return
    this.onFailure(reason)
    this.#next()
  }

  #takeRunning(): Job | undefined {
    const running = this.#running
    clearTimeout(running?.timeout)
    this.#running = undefined
    return running
  }
}

function busy(): Refusal {
  return new Refusal('unavailable', 'This ranking cannot be counted at this moment. Try again in a few seconds.')
}
