import { randomBytes } from 'node:crypto'
import type { Application, ApplicationFacts } from './types.ts'

/** The registered applications: fixed ones of the configuration, and those that people create. */
export class Applications {
  readonly #byId: Map<number, Application>
  /** The oldest are forgotten first. */
  readonly #removed = new Map<number, Application>()
  readonly #fixed: ReadonlySet<Application>
  readonly #limit: number
  #lastId: number

  /** @param limit of all applications; fixed ones count, but are never refused */
  constructor(fixed: readonly Application[], limit: number) {
    this.#byId = new Map(fixed.map((application) => [application.id, application]))
    this.#fixed = new Set(fixed)
    this.#limit = limit
    this.#lastId = Math.max(0, ...fixed.map(({ id }) => id))
  }

  list(): Application[] {
    return [...this.#byId.values()]
  }

  get(id: number): Application | undefined {
    return this.#byId.get(id)
  }

  /** Also finds removed applications, as their threads stay. */
  everKnown(id: number): Application | undefined {
    return this.#byId.get(id) ?? this.#removed.get(id)
  }

  withClientId(clientId: string | undefined): Application | undefined {
    return this.list().find((application) => application.clientId === clientId)
  }

  /** Whether the configuration determines the application, so no page changes it. */
  isFixed(application: Application): boolean {
    return this.#fixed.has(application)
  }

  get isFull(): boolean {
    return this.#byId.size >= this.#limit
  }

  get limit(): number {
    return this.#limit
  }

  /** @throws {RangeError} if the sandbox has as many applications as it keeps */
  create(facts: ApplicationFacts): Application {
    if (this.isFull) throw new RangeError('There are too many applications.')
    const application = {
      ...facts,
      ...{ id: ++this.#lastId, url: null, iconUrl: null },
      clientId: newCredential(),
      clientSecret: newCredential(),
    }
    this.#byId.set(application.id, application)
    return application
  }

  edit(application: Application, facts: ApplicationFacts): void {
    Object.assign(application, facts)
  }

  /** The old secret is invalid at once. */
  resetSecret(application: Application): void {
    application.clientSecret = newCredential()
  }

  /** Its sources and tokens stay valid: `World.removeApplication` ends them. */
  remove(application: Application): void {
    this.#byId.delete(application.id)
    this.#removed.set(application.id, application)
    const [oldest] = this.#removed.keys()
    if (oldest !== undefined && this.#removed.size > this.#limit) this.#removed.delete(oldest)
  }
}

const newCredential = () => randomBytes(32).toString('hex')
