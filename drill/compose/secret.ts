import type { ComposeDrill } from './compose-drill.ts'
import { ConnectedWebhook } from './connected-webhook.ts'
import { rollingRestart } from './documented.ts'
import { newSecret, type Stack } from './stack.ts'
import { noFailure, underLoad } from './under-load.ts'

const logLine = 'Nothing in the database is under the second SECRET'

export const replacedSecret: ComposeDrill = {
  name: 'compose-secret',
  title: 'SECRET is replaced',
  run: async (stack) => {
    await stack.scale(3)
    await using webhook = await ConnectedWebhook.connect(stack)
    const [old = '', next] = [stack.variables.SECRET, newSecret()]
    const restart = await rollingRestart()
    let isLogged = false
    const result = await underLoad(stack, async (person) => {
      const sendOldForm = await person.openForm()
      for (const secret of [`${old},${next}`, `${next},${old}`]) {
        await stack.configure({ SECRET: secret })
        await stack.sh(restart)
      }
      await sendOldForm()
      isLogged = await logsAtStart(stack)
      await stack.configure({ SECRET: next })
      await stack.sh(restart)
    })
    return {
      done: `in the [three documented steps](operating.md#replace-secrets), ${result.during}`,
      findings: [
        noFailure(result),
        {
          promise: `before the third step, a process that starts logs “${logLine}”`,
          found: isLogged ? 'it does' : 'it does not',
          kept: isLogged,
        },
        ...result.findings,
        ...(await webhook.isKnownAt(stack.url)),
      ],
    }
  },
}

/** Restarts a process. @returns whether it logs that the former secret is no longer needed */
async function logsAtStart(stack: Stack): Promise<boolean> {
  const [container = ''] = await stack.containers()
  await stack.sh(`docker restart ${container}`)
  await stack.healthy(container)
  const startedAt = await stack.inspect(container, '{{.State.StartedAt}}')
  return (await stack.sh(`docker logs --since ${startedAt} ${container} 2>&1`)).includes(logLine)
}
