import slugify from '@sindresorhus/slugify'
import { Changes } from '../flow.ts'
import type { Limits } from '../limits.ts'
import type { Organization, User } from '../types.ts'

/** The accounts of all users, and the organization that most of them are in. Their objects change in place. */
export class People {
  readonly organization: Organization
  /** Publishes new and changed users, and the new name of the organization. */
  readonly changes = new Changes<{ newUser?: User }>()
  readonly #limit: number
  #isReserved: (login: string) => boolean = () => false
  #users: readonly User[]
  #members: readonly User[]

  constructor(organization: Organization, users: readonly User[], { users: limit }: Pick<Limits, 'users'>) {
    this.organization = organization
    this.#users = users
    this.#members = users
    this.#limit = limit
  }

  /** All users, also those who were removed from the organization. */
  get users(): readonly User[] {
    return this.#users
  }

  /** The users of the organization. */
  get members(): readonly User[] {
    return this.#members
  }

  get isFull(): boolean {
    return this.#users.length >= this.#limit
  }

  find(id: number): User | undefined {
    return this.#users.find((user) => user.id === id)
  }

  /** Ignores case. */
  withEmail(email: string): User | undefined {
    return this.#users.find((user) => user.email.toLowerCase() === email.toLowerCase())
  }

  /** Ignores case. */
  withNick(nick: string): User | undefined {
    return this.#users.find((user) => user.nick.toLowerCase() === nick.toLowerCase())
  }

  /** Logins that no new user gets, because they mean somebody else in another part of the sandbox. */
  reserve(isReserved: (login: string) => boolean): void {
    this.#isReserved = isReserved
  }

  /** Creates an account in the organization. Its nick is the first word of the name, with a number if somebody has it. */
  create({ email, name }: { email: string; name: string }): User {
    const word = name.match(/[\p{L}\p{N}]+/u)?.[0] ?? 'User'
    const nick = firstFree(word, (nick) => this.withNick(nick) !== undefined)
    const isTaken = (login: string) => this.#isReserved(login) || this.#users.some((user) => user.login === login)
    const login = firstFree(slugify(word) || 'user', isTaken)
    const id = Math.max(0, ...this.#users.map((user) => user.id)) + 1
    const user = account({ id, login, nick, name, email })
    this.#users = [...this.#users, user]
    this.#members = [...this.#members, user]
    this.changes.publish({ newUser: user })
    return user
  }

  /** The nick and the email must be free. */
  update(user: User, edit: { nick?: string | undefined; email?: string | undefined }): void {
    Object.assign(
      user,
      edit.nick !== undefined && { nick: edit.nick },
      edit.email !== undefined && { email: edit.email },
    )
    this.changes.publish({})
  }

  rename(name: string): void {
    this.organization.name = name
    this.changes.publish({})
  }

  enter(user: User): void {
    if (this.#members.includes(user)) return
    this.#members = [...this.#members, user]
    this.changes.publish({})
  }

  /** Removes the user from the organization. The account stays. */
  leave(user: User): void {
    this.#members = this.#members.filter((member) => member !== user)
    this.changes.publish({})
  }
}

/** An account. Its secrets follow from the login and protect nothing, so people can try the API as any user. */
export function account(facts: Pick<User, 'id' | 'login' | 'nick' | 'name' | 'email'> & { isAdmin?: boolean }): User {
  const { login, isAdmin = false } = facts
  const secrets = { apiToken: `${login}-sandbox-api-token`, password: `${login}-sandbox-password` }
  return { ...facts, ...secrets, website: null, isAdmin }
}

/** The word itself, or with the first number that makes it free. */
export function firstFree(word: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(word)) return word
  for (let number = 2; ; number++) {
    const candidate = `${word}-${number}`
    if (!isTaken(candidate)) return candidate
  }
}
