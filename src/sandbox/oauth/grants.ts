import type { Identity, Scope, TokenLookup } from '../identity.ts'
import type { Application, User } from '../state/types.ts'
import { newSecret } from './secrets.ts'

/** In seconds. */
const codeLifetime = 600
/** In seconds. Flowdock documents only that access tokens are short-lived. */
export const tokenLifetime = 3_600
/** In seconds. Flowdock documents no expiry; the sandbox does not run this long. */
const refreshLifetime = 86_400 * 365

/** A user's permission for an application. All its codes and tokens share it, so revoking it revokes them all. */
type Grant = Identity & { application: Application; isRevoked: boolean }

/** The tokens that an application gets for a code, a password or a refresh token. */
export type Tokens = { accessToken: string; refreshToken: string | undefined; scopes: ReadonlySet<Scope> }

type Code = { grant: Grant; isUsed: boolean }

/** The grants of users to applications, with their codes and tokens. */
export class Grants {
  readonly #codes: Expiring<Code>
  readonly #accessTokens: Expiring<Grant>
  readonly #refreshTokens: Expiring<Grant>

  constructor(clock: () => Date) {
    this.#codes = new Expiring(codeLifetime, clock)
    this.#accessTokens = new Expiring(tokenLifetime, clock)
    this.#refreshTokens = new Expiring(refreshLifetime, clock)
  }

  /** The user has allowed access. @returns the code, which the application can exchange once */
  agree(user: User, application: Application, scopes: ReadonlySet<Scope>): string {
    const code = newSecret()
    this.#codes.set(code, { grant: { user, application, scopes, isRevoked: false }, isUsed: false })
    return code
  }

  /** The application that can exchange this code; undefined if none can. */
  applicationOf(code: string): Application | undefined {
    const entry = this.#codes.get(code)
    return entry && !entry.isUsed && !entry.grant.isRevoked ? entry.grant.application : undefined
  }

  /** A code that is used twice may be stolen, so the second use revokes the grant and its tokens (RFC 6749, 4.1.2). */
  exchange(application: Application, code: string): Tokens | undefined {
    const entry = this.#codes.get(code)
    if (entry?.grant.application !== application) return
    if (entry.isUsed) entry.grant.isRevoked = true
    if (entry.grant.isRevoked) return
    entry.isUsed = true
    return this.#issue(entry.grant)
  }

  /** The password grant. */
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

  /** Ends all codes and tokens of an application. */
  revokeAll(application: Application): void {
    const grants = [
      ...this.#codes.values().map(({ grant }) => grant),
      ...this.#accessTokens.values(),
      ...this.#refreshTokens.values(),
    ]
    for (const grant of grants) if (grant.application === application) grant.isRevoked = true
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

/** The oldest entries are deleted first. */
const maxEntries = 10_000

/** Values by a secret key that expire. All have the same lifetime, so the oldest expire first. */
class Expiring<Value> {
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
      if (expiresAt > now && this.#entries.size <= maxEntries) break
      this.#entries.delete(oldest)
    }
  }

  get(secret: string): Value | undefined {
    const entry = this.#entries.get(secret)
    return entry && entry.expiresAt > this.#clock().getTime() ? entry.value : undefined
  }

  values(): Value[] {
    return Array.from(this.#entries.values(), ({ value }) => value)
  }

  delete(secret: string): void {
    this.#entries.delete(secret)
  }
}
