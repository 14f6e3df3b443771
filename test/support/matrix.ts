import { setTimeout as sleep } from 'node:timers/promises'
import { buildMatrix, type MatrixOptions, type MatrixServer } from '../../src/sandbox/matrix/matrix.ts'
import type { Registration } from '../../src/sandbox/matrix/registration.ts'
import { MatrixPerson } from './matrix-person.ts'

/** A homeserver with people, and one application service. */
export type TestHomeserver = {
  url: string
  serverName: string
  registration: Registration
  /** The application service, as the user that it names, else as its own user. */
  appService(query?: Record<string, string>): MatrixPerson
  /** The user id with this local part. */
  userId(localpart: string): string
  /** A new person with this name. Only if told so, their requests are limited. */
  person(name: string, options?: { isLimited?: boolean }): Promise<MatrixPerson>
  restart(): Promise<void>
  close(): Promise<void>
}

/** The stand-in of a homeserver, with what only it can do. */
export type MatrixStandIn = TestHomeserver &
  Pick<MatrixServer, 'homeserver' | 'faults' | 'pusher'> & {
    /** Pushes transactions to this address from now on. */
    pushTo(url: string): void
  }

/** How tests register Polldock. Its ghosts begin with `polldock_`, and have no limits. */
export function testRegistration(more: Partial<Registration> = {}, serverName = 'chat.test'): Registration {
  return {
    id: 'polldock',
    as_token: 'as-secret',
    hs_token: 'hs-secret',
    sender_localpart: 'polldock',
    url: null,
    rate_limited: false,
    namespaces: { users: [{ regex: `@polldock_.*:${serverName.replaceAll('.', '\\.')}`, exclusive: true }] },
    ...more,
  }
}

/** Starts the stand-in of a homeserver. Retries come after two hundredths of a second, four hundredths … */
export async function startMatrix({
  registration = testRegistration(),
  second = 10,
  ...options
}: Partial<MatrixOptions> = {}): Promise<MatrixStandIn> {
  const { app, homeserver, faults, pusher, restart } = await buildMatrix({
    registration,
    second,
    clock: () => new Date(),
    ...options,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    ...{ url, registration, homeserver, faults, pusher },
    serverName: homeserver.serverName,
    appService: appServiceAt(url, registration, homeserver.serverName),
    userId: (localpart) => homeserver.userId(localpart),
    person: async (name, options) =>
      new MatrixPerson(url, homeserver.addPerson(name.toLowerCase(), { displayName: name, ...options })),
    pushTo: (address) => {
      registration.url = address
    },
    restart: async () => {
      restart()
      await untilUp(url)
    },
    close: async () => app.close(),
  }
}

export function appServiceAt(
  url: string,
  registration: Registration,
  serverName: string,
): TestHomeserver['appService'] {
  const botId = `@${registration.sender_localpart}:${serverName}`
  return (query = {}) => new MatrixPerson(url, { userId: query.user_id ?? botId, token: registration.as_token, query })
}

/** Waits until the homeserver answers. The first request on a connection that was open before a restart fails. */
export async function untilUp(url: string): Promise<void> {
  for (let successes = 0; successes < 3; ) {
    await sleep(20)
    const isUp = await fetch(`${url}/_matrix/client/versions`).then(
      async (answer) => Boolean(await answer.text()),
      () => false,
    )
    successes = isUp ? successes + 1 : 0
  }
}
