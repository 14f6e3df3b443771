import { randomUUID } from 'node:crypto'
import slugify from '@sindresorhus/slugify'
import { Flow, type FlowFacts, type FlowOptions } from './flow.ts'
import { firstFree } from './people/people.ts'
import type { User } from './types.ts'

/** Names of flows in URLs are not longer. */
const maxSlugLength = 60

/** All flows of the organization, disabled ones included. */
export class Flows {
  readonly #options: FlowOptions
  #flows: readonly Flow[]

  constructor(facts: readonly FlowFacts[], options: FlowOptions) {
    this.#options = options
    this.#flows = facts.map((one) => new Flow(one, options))
  }

  get all(): readonly Flow[] {
    return this.#flows
  }

  get isFull(): boolean {
    return this.#flows.length >= this.#options.limits.flows
  }

  get(id: string): Flow | undefined {
    return this.#flows.find((flow) => flow.id === id)
  }

  named(parameterizedName: string): Flow | undefined {
    return this.#flows.find((flow) => flow.parameterizedName === parameterizedName)
  }

  /** Creates a flow that only its creator is in. The name in its URL follows from its name, with a number if it is taken. */
  create(name: string, creator: User): Flow {
    const slug = slugify(name).slice(0, maxSlugLength).replace(/-+$/, '') || 'flow'
    const parameterizedName = firstFree(slug, (candidate) => this.named(candidate) !== undefined)
    const id = randomUUID()
    const flow = new Flow({ id, name, parameterizedName, accessMode: 'invitation', members: [creator] }, this.#options)
    this.#flows = [...this.#flows, flow]
    flow.changes.publish({ flow, kind: 'flow' })
    return flow
  }
}
