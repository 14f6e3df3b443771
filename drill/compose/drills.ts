import type { Done } from '../drill.ts'
import type { Stack } from './stack.ts'
import { failuresEnd, noFailure, underLoad } from './under-load.ts'

export type ComposeDrill = { name: string; title: string; run(stack: Stack): Promise<Done> }

const load = 'while 120 people vote once a second through Caddy, and 20 follow a poll'

const kill: ComposeDrill = {
  name: 'compose-kill',
  title: 'One of three processes is killed',
  run: async (stack) => {
    await stack.scale(3)
    const [container = ''] = await stack.containers()
    const result = await underLoad(stack, async () => {
      await stack.kill(container)
      await stack.healthy(container)
    })
    const restarts = Number(await stack.inspect(container, '{{.RestartCount}}'))
    return {
      done: `with SIGKILL, ${load}`,
      findings: [
        failuresEnd(result, 2_000),
        { promise: 'it is started again', found: `${restarts} restart`, kept: restarts === 1 },
        ...result.findings,
      ],
    }
  },
}

const restarts: ComposeDrill = {
  name: 'compose-restarts',
  title: 'Three processes are restarted one by one',
  run: async (stack) => {
    await stack.scale(3)
    const result = await underLoad(stack, async () => {
      for (const container of await stack.containers()) {
        await stack.sh(`docker restart ${container}`)
        await stack.healthy(container)
      }
    })
    return { done: `with \`docker restart\`, ${load}`, findings: [noFailure(result), ...result.findings] }
  },
}

const scaling: ComposeDrill = {
  name: 'compose-scale',
  title: 'Three processes become one, then four',
  run: async (stack) => {
    await stack.scale(3)
    const result = await underLoad(stack, async () => {
      await stack.scale(1)
      await stack.scale(4)
    })
    return { done: `with \`--scale\`, ${load}`, findings: [noFailure(result), ...result.findings] }
  },
}

/** In the order of running and reporting. They share one deployment. */
export const composeDrills = [kill, restarts, scaling]
