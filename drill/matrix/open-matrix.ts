import { eventKinds } from '../../src/chat/wording.ts'
import { readConfig } from '../../src/config.ts'
import { openServices } from '../../src/services.ts'
import { type HttpGate, openHttpGate } from '../../test/support/http-gate.ts'
import { testRegistration } from '../../test/support/matrix.ts'
import type { MatrixPerson } from '../../test/support/matrix-person.ts'
import { matrixEnvironment } from '../../test/support/matrix-rooms.ts'
import { freePort } from '../../test/support/postgres-server.ts'
import { installedSynapse } from '../../test/support/python-packages.ts'
import { type Synapse, startSynapse } from '../../test/support/synapse.ts'
import { ordinary } from '../polldock.ts'
import type { DrillSite } from '../site.ts'

/** A real homeserver with a room that is connected, and the variables of a Polldock that uses it. */
export type DrillMatrix = {
  synapse: Synapse
  /** Polldock's requests to the homeserver go through this one. */
  toSynapse: HttpGate
  /** What the homeserver pushes goes through this one. */
  toPolldock: HttpGate
  room: string
  /** Who looks at the room, and does not vote. */
  ann: MatrixPerson
  variables: Record<string, string>
}

/** @returns undefined on a machine without Synapse, which is said on stderr */
export async function openMatrix(site: DrillSite): Promise<DrillMatrix | undefined> {
  const python = await installedSynapse()
  if (!python) return undefined
  const [toSynapse, toPolldock] = [await openHttpGate(), await openHttpGate()]
  const synapse = await startSynapse(python, {
    registration: testRegistration({ url: toPolldock.url }),
    isLimited: false,
  })
  site.defer(() => Promise.all([synapse.close(), toSynapse.close(), toPolldock.close()]))
  const port = await freePort()
  toSynapse.leadTo(synapse.url)
  toPolldock.leadTo(`http://127.0.0.1:${port}`)
  const ann = await synapse.person('Ann')
  const bot = synapse.appService()
  await bot.do('POST', 'v3/register', {
    type: 'm.login.application_service',
    username: synapse.registration.sender_localpart,
    inhibit_login: true,
  })
  // Only a moderator shows native polls.
  const users = { [bot.userId]: 50 }
  const room = await ann.createRoom({ preset: 'public_chat', power_level_content_override: { users } })
  await bot.join(room)
  const variables = {
    ...ordinary,
    ...matrixEnvironment(synapse, toSynapse.url),
    PUBLIC_URL: 'http://polldock.test',
    PORT: String(port),
    DATABASE_URL: await site.createDatabase(),
  }
  await connect(variables, room)
  return { synapse, toSynapse, toPolldock, room, ann, variables }
}

/** Connects the room for all polls that are made from now on. */
async function connect(variables: Record<string, string>, room: string): Promise<void> {
  const { services, close } = await openServices(readConfig(variables))
  await services.connections.create({
    ...{ chat: 'matrix', name: 'Polls', roomName: 'Lunch', roomUrl: null, externalId: room, address: { room } },
    ...{ categories: [], eventKinds: [...eventKinds], start: 'new-polls' },
    credentials: await services.credentials.seal(room),
    createdBy: await services.people.createGuest('Connecting'),
  })
  await close()
}
