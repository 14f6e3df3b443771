import { LRUCache } from 'lru-cache'
import type { MatrixConfig } from './config.ts'
import { at, type Homeserver, MatrixError } from './homeserver.ts'
import { localpartOf } from './ids.ts'

/**
 * The device of every account of ours. Without one, a request that is repeated after a restart of the homeserver makes a
 * second event.
 */
const device = 'POLLDOCK'
const botName = 'Polldock'
const maxPrepared = 10_000

/** An account of ours, and its display name if it is new. */
type Actor = { account: string; name?: string | undefined; signal?: AbortSignal | undefined }

/** The bot and the ghosts, each registered with a device before it acts. */
export class MatrixUsers {
  readonly bot: string
  readonly #config: MatrixConfig
  readonly #homeserver: Homeserver
  /** By account, those that this process has registered. */
  readonly #prepared = new LRUCache<string, Promise<void>>({ max: maxPrepared })

  constructor(config: MatrixConfig, homeserver: Homeserver) {
    this.bot = config.bot
    this.#config = config
    this.#homeserver = homeserver
  }

  /** The account that stands for a person. */
  ghostOf(personId: string): string {
    const { ghostPrefix, serverName } = this.#config
    return `@${ghostPrefix}${personId}:${serverName}`
  }

  /** Whether it is the bot or a ghost. */
  isOurs(account: string): boolean {
    const { ghostPrefix, serverName } = this.#config
    return account === this.bot || (account.startsWith(`@${ghostPrefix}`) && account.endsWith(`:${serverName}`))
  }

  /**
   * Does something as an account that is registered and has a device. If the homeserver has forgotten the device, it is
   * made again, once.
   *
   * @param act gets the parameters that name the account and its device
   */
  async acting<T>(
    { account, name = botName, signal }: Actor,
    act: (query: { user_id: string; device_id: string }) => Promise<T>,
  ): Promise<T> {
    const query = { user_id: account, device_id: device }
    await this.prepare({ account, name, signal })
    try {
      return await act(query)
    } catch (error) {
      if (!(error instanceof MatrixError && error.answer.errcode.endsWith('UNKNOWN_DEVICE'))) throw error
      this.#prepared.delete(account)
      await this.prepare({ account, name, signal })
      return act(query)
    }
  }

  /**
   * Registers the account with a device, once per process.
   *
   * @throws {MatrixError}
   * @throws {NetworkError}
   */
  async prepare({ account, name = botName, signal }: Actor): Promise<void> {
    const prepared = this.#prepared.get(account) ?? this.#register({ account, name, signal })
    this.#prepared.set(account, prepared)
    try {
      await prepared
    } catch (error) {
      this.#prepared.delete(account)
      throw error
    }
  }

  async #register({ account, name = botName, signal }: Actor): Promise<void> {
    const isNew = await this.#registerAccount(localpartOf(account), signal)
    const path = at`client/v3/devices/${device}`
    await this.#homeserver.send({ method: 'PUT', path, as: account, body: {}, signal })
    if (isNew) await this.rename(account, name, signal)
  }

  /** Gives a registered account another display name. Every change is one more event in each of its rooms. */
  async rename(account: string, name: string, signal?: AbortSignal): Promise<void> {
    const path = at`client/v3/profile/${account}/displayname`
    await this.#homeserver.send({ method: 'PUT', path, as: account, body: { displayname: name }, signal })
  }

  async #registerAccount(username: string, signal: AbortSignal | undefined): Promise<boolean> {
    const body = { type: 'm.login.application_service', username, inhibit_login: true }
    try {
      await this.#homeserver.send({ method: 'POST', path: 'client/v3/register', body, signal })
      return true
    } catch (error) {
      if (error instanceof MatrixError && error.answer.errcode === 'M_USER_IN_USE') return false
      throw error
    }
  }
}
