import { LRUCache } from 'lru-cache'

/** Rendered HTML by key. Many that ask for the same HTML at once wait for one rendering. A failed one is not kept. */
export class HtmlCache {
  readonly #rendered: LRUCache<string, string>
  /** Holds at most what the current requests and live frames wait for. */
  readonly #underWay = new Map<string, Promise<string>>()

  /** @param maxLength of all HTML together, in characters */
  constructor(maxLength: number) {
    this.#rendered = new LRUCache({ maxSize: maxLength, sizeCalculation: (html) => html.length + 1 })
  }

  async get(key: string, render: () => Promise<string>): Promise<string> {
    return this.#rendered.get(key) ?? this.#underWay.get(key) ?? this.#render(key, render)
  }

  #render(key: string, render: () => Promise<string>): Promise<string> {
    const rendering = render()
      .then((html) => {
        this.#rendered.set(key, html)
        return html
      })
      .finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, rendering)
    return rendering
  }
}
