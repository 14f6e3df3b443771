import { type Fault, type FaultInput, faultInput } from './fault.ts'

/** More than this many at a time would only slow every request down. */
export const maxFaults = 100

/** What goes wrong with the requests to the API, until it is used up or taken back. */
export class Faults {
  readonly #random: () => number
  #faults: Fault[] = []

  /** @param random a number from 0 up to 1, for faults that hit only a share of the requests */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** Replaces all faults. */
  set(...faults: FaultInput[]): void {
    this.#faults = faults.map((fault) => faultInput.parse(fault))
  }

  /** Keeps the others, which come first. */
  add(fault: FaultInput): void {
    this.#faults = [...this.#faults, faultInput.parse(fault)]
  }

  clear(): void {
    this.#faults = []
  }

  list(): readonly Fault[] {
    return this.#faults
  }

  /** The first fault that hits this request, if any; uses it up by one. */
  take(method: string, path: string): Fault | undefined {
    const fault = this.#faults.find((one) => isAimedAt(one, method, path) && this.#random() < one.share)
    if (fault?.times !== undefined) this.#faults = this.#faults.flatMap((one) => (one === fault ? used(one) : one))
    return fault
  }
}

function isAimedAt(fault: Fault, method: string, path: string): boolean {
  return path.startsWith(fault.path) && (fault.method === undefined || fault.method === method)
}

function used(fault: Fault): Fault[] {
  const times = (fault.times ?? 1) - 1
  return times > 0 ? [{ ...fault, times }] : []
}
