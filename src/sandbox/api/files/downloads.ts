import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** In milliseconds. Flowdock documents a short time. */
const lifetime = 60_000

/** Signed addresses of files. They are valid for a short time, without credentials. */
export class Downloads {
  readonly #key = randomBytes(32)
  readonly #clock: () => Date

  constructor(clock: () => Date) {
    this.#clock = clock
  }

  /** @returns a ticket for the file, for a URL */
  issue(fileId: string): string {
    const expires = this.#clock().getTime() + lifetime
    return `${fileId}-${expires}-${this.#sign(fileId, expires)}`
  }

  /** @returns the id of the file; undefined if the ticket is invalid or has expired */
  check(ticket: string): string | undefined {
    const [, fileId = '', expires = '', signature = ''] =
      /^([0-9a-f]{32})-(\d{1,15})-([0-9a-f]{64})$/.exec(ticket) ?? []
    if (!fileId || Number(expires) < this.#clock().getTime()) return
    const expected = Buffer.from(this.#sign(fileId, Number(expires)))
    return timingSafeEqual(Buffer.from(signature), expected) ? fileId : undefined
  }

  #sign(fileId: string, expires: number): string {
    return createHmac('sha256', this.#key).update(`${fileId} ${expires}`).digest('hex')
  }
}
