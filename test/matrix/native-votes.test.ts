import { testRegistration } from '../support/matrix.ts'
import { openAppAt } from '../support/matrix-app.ts'
import { freePort } from '../support/postgres-server.ts'
import { installedSynapse } from '../support/python-packages.ts'
import { startSynapse } from '../support/synapse.ts'
import { nativeVotes } from './native-votes.ts'

const python = await installedSynapse()

/** Opens the app, to which the homeserver pushes. */
async function openAtSynapse(python: string) {
  const port = await freePort()
  const server = await startSynapse(python, { registration: testRegistration({ url: `http://127.0.0.1:${port}` }) })
  return { app: await openAppAt(server, port), server }
}

nativeVotes('Synapse', python ? () => openAtSynapse(python) : undefined)
