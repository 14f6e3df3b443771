import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Identity, type Scope, scopes, type TokenLookup } from '../identity.ts'
import type { Flow } from '../state/flow.ts'
import type { Source, User } from '../state/types.ts'
import type { World } from '../world.ts'
import { Failure, forbidden, notFound, onlyAdministrators } from './failure.ts'

export type FlowPath = { org: string; flow: string }

const allScopes: ReadonlySet<Scope> = new Set(scopes)

/** Authenticates API requests and checks what a user may access. */
export class Access {
  readonly #world: World
  readonly #lookup: TokenLookup

  constructor(world: World, lookup: TokenLookup) {
    this.#world = world
    this.#lookup = lookup
  }

  /**
   * The user who sends this request. Sets the header `flowdock-user` of the reply.
   * | @param anyOf one of these scopes is enough
   * @throws {Failure} 401 without valid credentials, 403 without the scope
   */
  demand(request: FastifyRequest, reply: FastifyReply, ...anyOf: Scope[]): Identity {
    const identity = this.#identify(request)
    if (!identity) throw new Failure(401, 'Sign in with an access token, an API token, or an email and a password.')
    reply.header('flowdock-user', String(identity.user.id))
    demandScope(identity, ...anyOf)
    return identity
  }

  /** @throws {Failure} 404 for an unknown flow, 403 if the user is not in it */
  flow({ org, flow: name }: FlowPath, identity: Identity): Flow {
    return joined(this.#world.flowNamed(org, name), identity)
  }

  /** Finds a flow by its id, or by its name as in `acme/main` or `acme:main`. */
  flowByReference(reference: string, identity: Identity): Flow {
    const [org = '', name = ''] = reference.split(/[/:]/)
    return joined(this.#world.flow(reference) ?? this.#world.flowNamed(org, name), identity)
  }

  /**
   * The two users of a private conversation: the sender of the request, and the one whose id is in the URL.
   * | @throws {Failure} 404 for an unknown user, or the sender's own id: a private conversation is of two users
   */
  privately(reference: string, { user }: Identity): { user: User; other: User } {
    const other = this.known(reference)
    const { members } = this.#world.people
    // Not documented: people write to each other as long as they are in one organization, and read on afterwards.
    const isKnown = other && (members.includes(other) || this.#world.conversations.find(user, other))
    if (!isKnown || other === user) throw notFound('user to write to')
    return { user, other }
  }

  /**
   * The two users of a private conversation, for a sender who writes.
   * | @throws {Failure} 404 as `privately`, 403 if one of them has left the organization
   */
  privateWriting(reference: string, identity: Identity): { user: User; other: User } {
    const pair = this.privately(reference, identity)
    if (Object.values(pair).every((one) => this.#world.people.members.includes(one))) return pair
    throw forbidden('One of you has left the organization.')
  }

  /** The user with this id, as a URL has it. */
  known(reference: string): User | undefined {
    return /^\d{1,10}$/.test(reference) ? this.#world.user(Number(reference)) : undefined
  }

  isAdmin(user: User): boolean {
    return user.isAdmin && this.#world.people.members.includes(user)
  }

  /** @throws {Failure} 404 for an unknown organization, 403 if the user is not in it */
  organization(name: string, { user }: Identity): void {
    const { organization, people } = this.#world
    if (name !== organization.parameterizedName) throw notFound('organization')
    if (!people.members.includes(user)) throw forbidden('You are not in this organization.')
  }

  /** @throws {Failure} 404 for an unknown organization, 403 if the user is no administrator of it */
  administration(name: string, identity: Identity): void {
    this.organization(name, identity)
    if (!identity.user.isAdmin) throw onlyAdministrators()
  }

  /** Whether the user, who is not in the flow, may join it without an invitation. */
  canJoin(flow: Flow, user: User): boolean {
    const isInOrganization = this.#world.people.members.includes(user)
    return flow.accessMode === 'organization' && isInOrganization && !flow.isDisabled && !flow.isBlocked(user)
  }

  /**
   * A flow for somebody who changes it: a member, or an administrator of the organization.
   * | @throws {Failure} 404 for an unknown flow, 403 for others
   */
  managedFlow(path: FlowPath, identity: Identity): Flow {
    const flow = this.#world.flowNamed(path.org, path.flow)
    return flow && !flow.isDisabled && this.isAdmin(identity.user) ? flow : this.flow(path, identity)
  }

  /** @throws {Failure} 401 for an unknown token, 410 if its source was removed */
  source(flowToken: string): { source: Source; flow: Flow } {
    const source = this.#world.sources.byToken(flowToken)
    const flow = source && this.#world.flow(source.flowId)
    if (!flow) throw new Failure(401, `This flow_token is unknown. ${this.#world.url('oauth/applications')} makes one.`)
    if (source.removed) throw new Failure(410, 'This source was removed from the flow.')
    return { source, flow: enabled(flow) }
  }

  /**
   * The flows that a push goes to.
   * | @param tokens a flow's API token or the token of a source, or several, separated by commas, as of the official Ruby gem
   * @throws {Failure} 401 for an unknown token, 410 if its source was removed, 403 if the flow is disabled
   */
  pushed(tokens: string): Flow[] {
    const flows = tokens.split(',').map((token) => this.#pushedFlow(token.trim()))
    return [...new Set(flows)]
  }

  #pushedFlow(token: string): Flow {
    const flow = this.#world.flows.find(({ apiToken }) => apiToken === token)
    return flow ? enabled(flow) : this.source(token).flow
  }

  #identify(request: FastifyRequest): Identity | undefined {
    const [, scheme = '', credentials = ''] = /^(\w+) +(.*)$/.exec(request.headers.authorization ?? '') ?? []
    if (/^basic$/i.test(scheme)) return this.#basic(Buffer.from(credentials, 'base64').toString())
    if (/^bearer$/i.test(scheme)) return this.#lookup(credentials.trim())
    const { access_token: accessToken } = request.query as { access_token?: unknown }
    return typeof accessToken === 'string' ? this.#lookup(accessToken) : undefined
  }

  /** Basic authentication: an API token with any password, or an email with its password. */
  #basic(credentials: string): Identity | undefined {
    const [, name = '', password] = /^([^:]*):?(.*)$/s.exec(credentials) ?? []
    const user = this.#world.users.find(
      ({ apiToken, email, password: own }) => apiToken === name || (email === name && own === password),
    )
    return user && { user, scopes: allScopes, application: undefined }
  }
}

/** @throws {Failure} 403 if the identity has none of these scopes */
export function demandScope({ scopes }: Identity, ...anyOf: Scope[]): void {
  if (!anyOf.some((scope) => scopes.has(scope))) throw forbidden(`This needs the scope ${anyOf.join(' or ')}.`)
}

/**
 * The flow may be enabled again, so it is not gone.
 * | @throws {Failure} 403 for a disabled flow
 */
function enabled(flow: Flow): Flow {
  if (flow.isDisabled) throw forbidden('This flow is disabled.')
  return flow
}

function joined(flow: Flow | undefined, { user }: Identity): Flow {
  if (!flow || flow.isDisabled) throw notFound('flow')
  if (!flow.has(user)) throw forbidden('You are not in this flow.')
  return flow
}
