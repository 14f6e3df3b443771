import type { AddressInfo } from 'node:net'
import { hrtime } from 'node:process'
import { buildSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import { connect } from '../../src/sandbox/state/inbox.ts'
import type { Application } from '../../src/sandbox/state/types.ts'
import { clientSecret } from '../requests.ts'
import { answerCalls } from './remote.ts'

const application: Application = {
  ...{ id: 1, name: 'Polldock', url: 'http://localhost/', iconUrl: null, setupUri: null, configurationUri: null },
  ...{ clientId: 'polldock', clientSecret, callbackUri: 'http://localhost/callback' },
}

/** The uuid of a message, and when it arrived in the inbox, by the system's monotonic clock in milliseconds. */
export type Arrival = { uuid: string; at: number }

let sandbox: Sandbox
let arrivals: Arrival[] = []

const calls = {
  async start(): Promise<{ url: string }> {
    const text = 2 ** 30
    const limits = { messages: 20_000, messageText: text, threads: 20_000, threadText: text, sources: 1_000 }
    sandbox = await buildSandbox({ applications: [application], limits })
    sandbox.world.changes.subscribe((change) => {
      if (change.kind === 'message' && change.message.uuid) {
        arrivals.push({ uuid: change.message.uuid, at: Number(hrtime.bigint()) / 1e6 })
      }
    })
    await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
    return { url: `http://127.0.0.1:${(sandbox.app.server.address() as AddressInfo).port}` }
  },

  /** Creates this number of sources, and returns their tokens. */
  connect(count: number): string[] {
    const [flow] = sandbox.world.flows
    const [creator] = sandbox.world.users
    if (!flow || !creator) throw new Error('The sandbox is empty.')
    const source = { name: 'Polls', externalUrl: null, application, creator }
    return Array.from({ length: count }, () => connect(flow, source).flowToken)
  },

  /** Delays every later response by this time, in milliseconds. */
  slowDown(ms: number): void {
    sandbox.faults.set(...(ms > 0 ? [{ kind: 'slow' as const, ms }] : []))
  },

  /** The messages that arrived since the last call. */
  arrivals(): Arrival[] {
    const all = arrivals
    arrivals = []
    return all
  },
}

export type FlowdockCalls = typeof calls
answerCalls(calls)
