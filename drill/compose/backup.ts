import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { createPoll } from '../../test/support/api-calls.ts'
import { type Finding, shown } from '../drill.ts'
import type { Election } from '../election.ts'
import type { ComposeDrill } from './compose-drill.ts'
import { ConnectedWebhook } from './connected-webhook.ts'
import { documented } from './documented.ts'
import type { Stack } from './stack.ts'
import { noFailure, underLoad } from './under-load.ts'

export const backup: ComposeDrill = {
  name: 'compose-backup',
  title: 'A backup is restored, on another machine and on the same',
  run: async (stack) => {
    await stack.scale(3)
    await using webhook = await ConnectedWebhook.connect(stack)
    const dump = await documented('## Back up and restore')
    const result = await underLoad(stack, () => stack.sh(dump))
    const { begun, election } = result
    await using other = await onAnotherMachine(stack)
    const there = await everythingIn(other.url, 'on the other machine', election, begun)
    const known = await webhook.isKnownAt(other.url)
    await stack.sh(await documented('Restore it into an empty database:'))
    await stack.scale(3)
    return {
      done: `by the [documented steps](operating.md#back-up-and-restore), ${result.during}`,
      findings: [
        noFailure(result),
        ...result.findings,
        there,
        ...known,
        await everythingIn(stack.url, 'on the same machine, which lost what came later,', election, begun),
      ],
    }
  },
}

/** A second deployment, which shares nothing with the first but `.env`'s secrets and the backup. */
async function onAnotherMachine(stack: Stack): Promise<Stack> {
  const other = await stack.another()
  await cp(join(stack.folder, 'polldock.dump'), join(other.folder, 'polldock.dump'))
  await other.sh(await documented('On another machine'))
  return other
}

async function everythingIn(url: string, where: string, election: Election, begun: number): Promise<Finding> {
  const faults = await election.faults(url, begun)
  await createPoll(url, election.voter)
  return {
    promise: `${where} every vote that was answered before the backup began is there once, and people can make polls`,
    found: faults.length > 0 ? faults.join('; ') : `${shown(election.answeredBefore(begun))} votes answered and there`,
    kept: faults.length === 0,
  }
}
