import type { Identity, Scope, TokenLookup } from '../identity.ts'
import type { Application, User } from '../state/types.ts'
import { newSecret } from './secrets.ts'

/** How long a code may be exchanged, in seconds. */
const codeLifetime = 600
/** How long an access token is good for, in seconds. Flowdock only says that it is not long. */
export const tokenLifetime = 3_600
/** Refresh tokens have no documented end; this is further than the sandbox lives. In seconds. */
const refreshLifetime = 86_400 * 365

/** What somebody has allowed an application; it holds for all that was ever given out for it. */
type Grant = Identity & { application: Application; isRevoked: boolean }

/** What an application gets for a code, a password or a refresh token. */
export type Tokens = { accessToken: string; refreshToken: string | undefined; scopes: ReadonlySet<Scope> }

type Code = { grant: Grant; isUsed: boolean }

/** Who has allowed what to which application, and the codes and tokens that stand for it. */
export class Grants {
  readonly #codes: Expiring<Code>
  readonly #accessTokens: Expiring<Grant>
  readonly #refreshTokens: Expiring<Grant>

  constructor(clock: () => Date) {
    this.#codes = new Expiring(codeLifetime, clock)
    this.#accessTokens = new Expiring(tokenLifetime, clock)
    this.#refreshTokens = new Expiring(refreshLifetime, clock)
  }

  /** Somebody agreed on the page: the code that the application exchanges, once. */
  agree(user: User, application: Application, scopes: ReadonlySet<Scope>): string {
    const code = newSecret()
    this.#codes.set(code, { grant: { user, application, scopes, isRevoked: false }, isUsed: false })
    return code
  }

  /** A code that comes a second time may be stolen: what the first one gave is worth nothing from then on. */
  exchange(application: Application, code: string): Tokens | undefined {
    const given = this.#codes.get(code)
    if (given?.grant.application !== application) return
    if (given.isUsed) given.grant.isRevoked = true
    if (given.grant.isRevoked) return
    given.isUsed = true
    return this.#issue(given.grant)
  }

  /** For applications that were given somebody's password. */
  signIn(user: User, application: Application, scopes: ReadonlySet<Scope>): Tokens {
    return this.#issue({ user, application, scopes, isRevoked: false })
  }

  /** The new refresh token replaces this one. */
  refresh(application: Application, refreshToken: string): Tokens | undefined {
    const grant = this.#refreshTokens.get(refreshToken)
    if (grant?.application !== application || grant.isRevoked) return
    this.#refreshTokens.delete(refreshToken)
    return this.#issue(grant)
  }

  readonly identify: TokenLookup = (accessToken) => {
    const grant = this.#accessTokens.get(accessToken)
    return grant?.isRevoked ? undefined : grant
  }

  #issue(grant: Grant): Tokens {
    const accessToken = newSecret()
    const refreshToken = grant.scopes.has('offline_access') ? newSecret() : undefined
    this.#accessTokens.set(accessToken, grant)
    if (refreshToken) this.#refreshTokens.set(refreshToken, grant)
    return { accessToken, refreshToken, scopes: grant.scopes }
  }
}

/** More are never kept; the oldest go first. */
const most = 10_000

/** What is found by a secret for a time that is the same for all, so that the oldest are the first to end. */
export class Expiring<Value> {
  readonly #entries = new Map<string, { value: Value; expiresAt: number }>()
  readonly #lifetime: number
  readonly #clock: () => Date

  /** @param lifetime in seconds */
  constructor(lifetime: number, clock: () => Date) {
    this.#lifetime = lifetime * 1000
    this.#clock = clock
  }

  set(secret: string, value: Value): void {
    const now = this.#clock().getTime()
    this.#entries.set(secret, { value, expiresAt: now + this.#lifetime })
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (expiresAt > now && this.#entries.size <= most) break
      this.#entries.delete(oldest)
    }
  }

  get(secret: string): Value | undefined {
    const entry = this.#entries.get(secret)
    return entry && entry.expiresAt > this.#clock().getTime() ? entry.value : undefined
  }

  delete(secret: string): void {
    this.#entries.delete(secret)
  }
}
