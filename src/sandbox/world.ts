import { acme } from './state/acme.ts'
import { Applications } from './state/applications.ts'
import { Files } from './state/files.ts'
import { Changes, type Flow, type FlowChange } from './state/flow.ts'
import { Flows } from './state/flows.ts'
import { disconnect } from './state/inbox.ts'
import { defaultLimits, type Limits } from './state/limits.ts'
import { Invitations } from './state/people/invitations.ts'
import { People } from './state/people/people.ts'
import { PrivateConversations } from './state/people/private-conversations.ts'
import { FlowSources } from './state/sources.ts'
import type { Application, Organization, User } from './state/types.ts'

type WorldOptions = {
  applications: Application[]
  /** The base URL of links in responses. Ends in a slash. */
  publicUrl: URL
  clock?: (() => Date) | undefined
  limits?: Partial<Limits> | undefined
}

/** The sandbox's state, in memory only. */
export class World {
  readonly people: People
  readonly applications: Applications
  readonly sources: FlowSources
  /** Publishes new and changed messages, threads, sources and flows. */
  readonly changes = new Changes<FlowChange>()
  readonly files: Files
  readonly invitations: Invitations
  readonly conversations: PrivateConversations
  readonly clock: () => Date
  /** Changed when the server listens on a port that was unknown before. */
  publicUrl: URL
  readonly #flows: Flows
  #position: number

  constructor({ applications, publicUrl, clock = () => new Date(), limits }: WorldOptions) {
    const bounds = { ...defaultLimits, ...limits }
    this.applications = new Applications(applications, bounds.applications)
    this.publicUrl = publicUrl
    this.clock = clock
    this.sources = new FlowSources(clock, bounds.sources)
    // Larger than all positions of earlier runs, so a reader that resumes a stream from one of them misses
    // nothing.
    this.#position = clock().getTime() * 1_000
    this.files = new Files(bounds)
    const { sources, files, changes } = this
    const options = { clock, changes, sources, files, limits: bounds, nextPosition: () => ++this.#position }
    this.invitations = new Invitations(bounds.invitations)
    this.conversations = new PrivateConversations(options)
    const { organization, users, flows } = acme()
    this.people = new People(organization, users, bounds)
    this.#flows = new Flows(flows, options)
  }

  /** The position of the last message in any flow or private conversation. */
  get position(): number {
    return this.#position
  }

  get organization(): Organization {
    return this.people.organization
  }

  /** All users, also those who were removed from the organization. */
  get users(): readonly User[] {
    return this.people.users
  }

  /** All flows, disabled ones included. */
  get flows(): readonly Flow[] {
    return this.#flows.all
  }

  /** The flows that the user is in and may see. */
  flowsOf(user: User): Flow[] {
    return this.flows.filter((flow) => flow.has(user))
  }

  flow(id: string): Flow | undefined {
    return this.#flows.get(id)
  }

  /** Finds a flow by the names in its URL. */
  flowNamed(organization: string, name: string): Flow | undefined {
    if (organization !== this.organization.parameterizedName) return
    return this.#flows.named(name)
  }

  /** Removes an application and its sources. Their posts stay. */
  removeApplication(application: Application): void {
    for (const flow of this.flows) {
      const sources = this.sources.list(flow.id).filter((source) => source.application === application)
      for (const source of sources) disconnect(flow, source)
    }
    this.applications.remove(application)
  }

  user(id: number): User | undefined {
    return this.people.find(id)
  }

  /** Undefined if there are too many flows. */
  createFlow(name: string, creator: User): Flow | undefined {
    return this.#flows.isFull ? undefined : this.#flows.create(name, creator)
  }

  /** Removes a user from the organization and from all flows. The account and its messages stay. */
  removeFromOrganization(user: User): void {
    for (const flow of this.flows) flow.forget(user)
    this.people.leave(user)
  }

  /** An absolute URL for this path of the sandbox. */
  url(path: string): string {
    return new URL(path.replace(/^\//, ''), this.publicUrl).href
  }

  flowUrl(flow: Flow): string {
    return this.url(`flows/${this.organization.parameterizedName}/${flow.parameterizedName}`)
  }

  avatar(user: User): string {
    return this.url(`avatars/${user.id}`)
  }

  icon(application: Application): string {
    return application.iconUrl ?? this.url(`icons/${application.id}`)
  }
}
