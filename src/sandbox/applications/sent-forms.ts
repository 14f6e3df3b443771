import { randomBytes } from 'node:crypto'

/** The oldest are forgotten first. */
const maxForms = 500

/** What each form led to, by the key that the form holds. A form that is sent twice creates one thing. */
export class SentForms<Result> {
  readonly #results = new Map<string, Result>()

  newKey(): string {
    return randomBytes(16).toString('base64url')
  }

  /** The result of the first time that this form was sent. */
  once(key: string, perform: () => Result): Result {
    const earlier = this.#results.get(key)
    if (earlier !== undefined) return earlier
    const result = perform()
    if (/^[\w-]{22}$/.test(key)) this.#results.set(key, result)
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= maxForms) break
      this.#results.delete(oldest)
    }
    return result
  }
}
