import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiPoll } from '../../test/support/api-calls.ts'
import type { DrillBrowser } from '../browser.ts'
import { type Finding, shown } from '../drill.ts'
import type { Filled } from '../naughty/request.ts'
import type { Polldock } from '../polldock.ts'

/** In ms, see the probe's `turns`. */
type MeasuredTurn = { what: string; status: number; busyMs: number; lateMs: number }

const timeoutMs = 60_000
const longComment = 'Longer than most people read. '.repeat(160)
const title = (place: number) => `Option ${place} `.padEnd(200, 'with a long title ')

/** Sends one request after the other, and measures for how long each keeps the event loop busy. */
export class TurnMeter {
  requests = 0
  readonly #maxBusyMs: number
  readonly #polldock: Polldock
  readonly #turns: MeasuredTurn[] = []

  constructor(polldock: Polldock, maxBusyMs: number) {
    this.#maxBusyMs = maxBusyMs
    this.#polldock = polldock
  }

  /**
   * @param isRepeated whether a request that takes too long is sent again, as it may have been the garbage collection, or a
   * job. A change, or a first count, takes that long only once.
   */
  async send(what: string, request: Filled, isRepeated = request.method === 'GET'): Promise<void> {
    const first = await this.#measure(what, request)
    const again = isRepeated && first.busyMs > this.#maxBusyMs ? await this.#measure(what, request) : first
    this.#turns.push(again.busyMs < first.busyMs ? again : first)
  }

  async #measure(what: string, { method, path, headers, body }: Filled): Promise<MeasuredTurn> {
    const { url, probe } = this.#polldock
    await probe.turns()
    const signal = AbortSignal.timeout(path.endsWith('/stream') ? 500 : timeoutMs)
    const status = await fetch(url + path, { method, headers, body, redirect: 'manual', signal })
      .then(async (answer) => {
        await answer.arrayBuffer()
        return answer.status
      })
      .catch(() => 0)
    this.requests += 1
    if (status === 503) await sleep(2_000)
    return { what, status, ...(await probe.turns()) }
  }

  /** The longest turns. */
  longest(count: number): MeasuredTurn[] {
    return this.#turns.toSorted((one, other) => other.busyMs - one.busyMs).slice(0, count)
  }

  /** Whether no request kept the event loop busy for too long, and which took longest. */
  finding(): Finding {
    const longest = this.longest(8)
    const list = longest.map(({ what, busyMs }) => `${shown(busyMs)} ms ${what}`).join('; ')
    return {
      promise: `none keeps the event loop busy for more than ${this.#maxBusyMs} ms of processor time`,
      found: `longest: ${list}`,
      kept: longest.every(({ busyMs }) => busyMs <= this.#maxBusyMs),
    }
  }
}

/** Measures requests of a person to large polls. */
export class PollTurnMeter extends TurnMeter {
  readonly #browser: DrillBrowser

  constructor(polldock: Polldock, browser: DrillBrowser, maxBusyMs: number) {
    super(polldock, maxBusyMs)
    this.#browser = browser
  }

  /** Reads all ballots of a ranking, which it does once. */
  firstCount(pollId: string): Promise<void> {
    const path = `/api/polls/${pollId}/count`
    return this.send('first count', { method: 'GET', path, headers: this.#browser.headers(), body: undefined }, false)
  }

  /** The changes by the poll's creator that take the most, by the API. */
  async changes(name: string, { id, options }: ApiPoll): Promise<void> {
    const ids = options.map((option) => option.id)
    await this.#change(`${name}: comment`, 'POST', `/polls/${id}/comments`, { body: longComment })
    for (const choices of [ids, ids.map((one) => `${one}=5`), ids.map((one) => `${one}=yes`), ids.slice(0, 1)])
      await this.#change(`${name}: vote`, 'PUT', `/polls/${id}/ballot`, { choices })
    await this.#change(`${name}: close`, 'PUT', `/polls/${id}/closure`)
    await this.#change(`${name}: archive`, 'PUT', `/polls/${id}/archive`)
    await this.#change(`${name}: reopen`, 'DELETE', `/polls/${id}/closure`)
    const many = Array.from({ length: 50 }, (_, place) => title(place))
    const roll = Array.from({ length: 200 }, (_, place) => `Person ${place} <${'p'.repeat(200)}${place}@example.org>`)
    const asked = { title: 'A large poll', description: longComment, options: many, roll }
    await this.#change('create', 'POST', '/polls', asked)
  }

  #change(what: string, method: string, path: string, body?: object): Promise<void> {
    const { headers, csrfToken } = { headers: this.#browser.headers(), csrfToken: this.#browser.csrfToken }
    const json = body && { 'content-type': 'application/json' }
    return this.send(what, {
      method,
      path: `/api${path}`,
      headers: { ...headers, 'x-csrf-token': csrfToken, ...json },
      body: body && JSON.stringify(body),
    })
  }
}
