import { setTimeout as sleep } from 'node:timers/promises'
import type { DrillResponses } from '../answers.ts'
import { DrillBrowser, type ShownPage } from '../browser.ts'
import type { Finding } from '../drill.ts'

const everyMs = 500

/** Somebody with a session, who gives themselves another name by a form all the time. */
export class Person {
  readonly browser: DrillBrowser
  readonly #url: string
  #changes = 0
  /** Answers that somebody without the session, or with an invalid form, gets. */
  readonly #wrong: string[] = []

  constructor(url: string, answers: DrillResponses) {
    this.#url = url
    this.browser = new DrillBrowser(answers.fetch)
  }

  /** Comes to be known by their name. */
  async arrive(): Promise<void> {
    await this.browser.get(this.#url, '/polls/new')
    await this.#send('Olga')
  }

  async live(isDone: () => boolean): Promise<void> {
    for (; !isDone(); await sleep(everyMs)) {
      // A failure is among the responses.
      await this.#change().catch(() => {})
    }
  }

  /** @returns a form that is open in a tab; to be sent later */
  async openForm(): Promise<() => Promise<void>> {
    await this.browser.get(this.#url, '/me')
    const token = this.browser.csrfToken
    return async () => this.#note(await this.#send('Olga of the old form', { _csrf: token }), 303)
  }

  get finding(): Finding {
    return {
      promise: 'a person with a session stays logged in, and every form they send is accepted',
      found: this.#wrong.length > 0 ? this.#wrong.slice(0, 5).join('; ') : `${this.#changes} forms were accepted`,
      kept: this.#wrong.length === 0 && this.#changes > 0,
    }
  }

  async #change(): Promise<void> {
    const page = await this.browser.get(this.#url, '/me')
    this.#note(page, 200)
    if (page.status === 200 && !page.text.includes('Olga')) this.#wrong.push('a page for somebody else')
    this.#note(await this.#send(`Olga ${this.#changes + 1}`), 303)
  }

  async #send(name: string, fields: Record<string, string> = {}): Promise<ShownPage> {
    const answer = await this.browser.post(this.#url, '/me/name', { name, displayName: name, ...fields })
    if (answer.status === 303) this.#changes += 1
    return answer
  }

  #note({ status, text }: ShownPage, right: number): void {
    if (status !== right && status < 500) this.#wrong.push(`${status} ${/<h1[^>]*>([^<]*)/.exec(text)?.[1] ?? ''}`)
  }
}
