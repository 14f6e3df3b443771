import { type Fault, type FaultInput, faultInput } from './fault.ts'

/** More faults would slow down every request. */
export const maxFaults = 100

/** The active faults of the API. */
export class Faults {
  readonly #random: () => number
  #faults: Fault[] = []

  /** @param random returns a number from 0 up to 1, for faults with a `share` */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** Replaces all faults. */
  set(...faults: FaultInput[]): void {
    this.#faults = faults.map((fault) => faultInput.parse(fault))
  }

  /** Adds a fault after the others. */
  add(fault: FaultInput): void {
    this.#faults = [...this.#faults, faultInput.parse(fault)]
  }

  clear(): void {
    this.#faults = []
  }

  list(): readonly Fault[] {
    return this.#faults
  }

  /**
   * The first fault that affects this request, if any. Counts down its `times`.
   * | @param paths as the client wrote it, and as the routes have it
   */
  take(method: string, ...paths: string[]): Fault | undefined {
    const fault = this.#faults.find((one) => isAimedAt(one, method, paths) && this.#random() < one.share)
    if (fault?.times !== undefined) this.#faults = this.#faults.flatMap((one) => (one === fault ? used(one) : one))
    return fault
  }
}

function isAimedAt(fault: Fault, method: string, paths: readonly string[]): boolean {
  const isPath = paths.some((path) => path.startsWith(fault.path))
  return isPath && (fault.method === undefined || fault.method === method)
}

function used(fault: Fault): Fault[] {
  const times = (fault.times ?? 1) - 1
  return times > 0 ? [{ ...fault, times }] : []
}
