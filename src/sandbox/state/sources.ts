import { randomBytes, randomInt } from 'node:crypto'
import type { Application, Source, User } from './types.ts'

export type SandboxNewSource = { name: string; externalUrl: string | null; application: Application; creator: User }
export type SourceEdit = { errorMessage?: string | null; configurationUrl?: string | null }

/** The sources of all flows, removed ones included. */
export class FlowSources {
  readonly #sources = new Map<number, Source>()
  readonly #byToken = new Map<string, number>()
  readonly #clock: () => Date
  readonly #limit: number

  constructor(clock: () => Date, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  create(flowId: string, source: SandboxNewSource): Source {
    const now = this.#clock()
    const created = {
      ...source,
      ...{ id: this.#newId(), flowId, flowToken: randomBytes(16).toString('hex') },
      ...{ errorMessage: null, configurationUrl: null, createdAt: now, updatedAt: now, removed: false },
    }
    this.#byToken.set(created.flowToken, created.id)
    this.#sources.set(created.id, created)
    this.#forgetOldest()
    return created
  }

  get(id: number): Source | undefined {
    return this.#sources.get(id)
  }

  /** Also finds removed sources: their tokens are answered with 410, unknown ones with 401. */
  byToken(flowToken: string): Source | undefined {
    return this.#sources.get(this.#byToken.get(flowToken) ?? 0)
  }

  /** The active sources of a flow. */
  list(flowId: string): Source[] {
    return [...this.#sources.values()].filter((source) => source.flowId === flowId && !source.removed)
  }

  update(source: Source, edit: SourceEdit & { removed?: true }): Source {
    const updated = { ...source, ...edit, updatedAt: this.#clock() }
    this.#sources.set(source.id, updated)
    return updated
  }

  /** Ids are not reused after a restart, because clients may still hold old ones. */
  #newId(): number {
    for (;;) {
      const id = randomInt(1, 2 ** 31)
      if (!this.#sources.has(id)) return id
    }
  }

  /** Forgets removed sources before active ones. */
  #forgetOldest(): void {
    if (this.#sources.size <= this.#limit) return
    const all = [...this.#sources.values()]
    const oldest = all.find(({ removed }) => removed) ?? all[0]
    if (!oldest) return
    this.#sources.delete(oldest.id)
    this.#byToken.delete(oldest.flowToken)
  }
}
