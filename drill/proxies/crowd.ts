import { setTimeout as sleep } from 'node:timers/promises'
import type { TestBrowser } from '../../test/proxies/browsers.ts'
import type { RunningProxy } from '../../test/proxies/start-proxy.ts'
import type { ApiPoll } from '../../test/support/api-calls.ts'
import { Follower } from '../compose/follower.ts'

/** How many browsers connect at once: more would wait for the processors, not for the proxy. */
const atOnce = 100
const openingMs = 60_000

/** Many browsers behind a proxy that follow one poll, each over its own connection. */
export class Crowd {
  /** When each event arrived, in milliseconds, by its revision. */
  readonly arrivals = new Map<number, number[]>()
  readonly #browsers: TestBrowser[] = []
  readonly #followers: Follower[] = []

  static async open(proxy: RunningProxy, poll: ApiPoll, size: number): Promise<Crowd> {
    const crowd = new Crowd()
    const deadline = performance.now() + openingMs
    while (crowd.#followers.length < size && performance.now() < deadline) {
      for (let left = Math.min(atOnce, size - crowd.#followers.length); left > 0; left--) crowd.#add(proxy, poll)
      while (crowd.open < crowd.#followers.length && performance.now() < deadline) await sleep(10)
    }
    return crowd
  }

  /** The streams that were opened so far. */
  get open(): number {
    return this.#followers.filter(({ connects }) => connects > 0).length
  }

  /** How long a stream was missing, of each break, in milliseconds. */
  get gapsMs(): number[] {
    return this.#followers.flatMap(({ gapsMs }) => gapsMs)
  }

  /** Waits until all streams have this revision, at most for this time. */
  async reached(revision: number, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    const isThere = ({ revisions }: Follower) => revisions.at(-1) === revision
    while (!this.#followers.every(isThere) && performance.now() < deadline) await sleep(20)
  }

  /** The streams that got all events from the second to this one, once and in order. */
  complete(revision: number): number {
    return this.#followers.filter((one) => one.hasAll(revision)).length
  }

  async close(): Promise<void> {
    await Promise.all(this.#followers.map((one) => one.close()))
    for (const { close } of this.#browsers) close()
  }

  #add(proxy: RunningProxy, poll: ApiPoll): void {
    const browser = proxy.open()
    this.#browsers.push(browser)
    const onRevision = (revision: number) => this.#note(revision)
    this.#followers.push(new Follower(proxy.url, poll, { send: browser.fetch, onRevision }))
  }

  #note(revision: number): void {
    const times = this.arrivals.get(revision) ?? []
    this.arrivals.set(revision, times)
    times.push(performance.now())
  }
}
