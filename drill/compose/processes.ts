import { setTimeout as sleep } from 'node:timers/promises'
import type { Done } from '../drill.ts'
import type { ComposeDrill } from './compose-drill.ts'
import { rollingRestart } from './documented.ts'
import type { Stack } from './stack.ts'
import { failuresEnd, type LoadLimits, noFailure, underLoad } from './under-load.ts'

export const kill: ComposeDrill = {
  name: 'compose-kill',
  title: 'The busiest of three processes is killed',
  run: (stack) => killBusiest(stack, { failuresMs: 2_000 }),
}

/** @param limits `failuresMs`: the time after which nobody may see an error */
export async function killBusiest(stack: Stack, limits: LoadLimits & { failuresMs: number }): Promise<Done> {
  await stack.scale(3)
  const killedAt: number[] = []
  const kills = async () => {
    for (let index = 0; index < 3; index++) {
      const container = await stack.busiest()
      killedAt.push(performance.now())
      await stack.kill(container)
      await stack.healthy(container)
    }
  }
  const result = await underLoad(stack, kills, limits)
  return {
    done: `with SIGKILL, three times, and is started again, ${result.during}`,
    findings: [failuresEnd(result, limits.failuresMs, killedAt), ...result.findings],
  }
}

export const restarts: ComposeDrill = {
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
    return { done: `with \`docker restart\`, ${result.during}`, findings: [noFailure(result), ...result.findings] }
  },
}

export const scaling: ComposeDrill = {
  name: 'compose-scale',
  title: 'Three processes become one, then four',
  run: async (stack) => {
    await stack.scale(3)
    const result = await underLoad(stack, async () => {
      await stack.scale(1)
      await stack.scale(4)
    })
    return { done: `with \`--scale\`, ${result.during}`, findings: [noFailure(result), ...result.findings] }
  },
}

export const databaseRestart: ComposeDrill = {
  name: 'compose-postgres',
  title: 'The PostgreSQL of the compose file is restarted',
  run: async (stack) => {
    await stack.scale(3)
    const result = await underLoad(stack, async () => {
      await stack.sh('docker compose restart postgres')
      await sleep(10_000)
    })
    const { answers } = result
    return {
      done: `with \`docker compose restart postgres\`, ${result.during}`,
      findings: [
        {
          promise: 'requests meanwhile are answered, or refused with 503 and Retry-After: no 500, no hang',
          found: String(answers),
          kept: answers.areClear && answers.broken === 0,
        },
        failuresEnd(result, 10_000),
        ...result.findings,
      ],
    }
  },
}

export const upgrade: ComposeDrill = {
  name: 'compose-upgrade',
  title: 'The compose file is upgraded to another build',
  run: async (stack) => {
    await stack.scale(3)
    await stack.change()
    const steps = await rollingRestart()
    const result = await underLoad(stack, () => stack.sh(steps))
    const built = await stack.sh(`docker image inspect --format '{{.Id}}' ${stack.name}`)
    const images = await Promise.all((await stack.containers()).map((one) => stack.inspect(one, '{{.Image}}')))
    return {
      done: `by the [documented steps](operating.md#upgrade), ${result.during}`,
      findings: [
        {
          promise: 'three processes of the new build run at the end',
          found: `${images.filter((image) => image === built).length} of ${images.length}`,
          kept: images.length === 3 && images.every((image) => image === built),
        },
        noFailure(result),
        ...result.findings,
      ],
    }
  },
}
