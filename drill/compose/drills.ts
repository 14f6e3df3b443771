import { setTimeout as sleep } from 'node:timers/promises'
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

const databaseRestart: ComposeDrill = {
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
      done: `with \`docker compose restart postgres\`, ${load}`,
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

const upgrade: ComposeDrill = {
  name: 'compose-upgrade',
  title: 'The compose file is upgraded to another build',
  run: async (stack) => {
    await stack.scale(3)
    await stack.change()
    const result = await underLoad(stack, () =>
      stack.sh(`
        docker compose build --quiet polldock
        old=$(docker compose ps --quiet polldock)
        docker compose up --detach --wait --no-deps --no-recreate --scale polldock=6 polldock
        for container in $old; do docker stop $container && docker rm $container; done`),
    )
    const built = await stack.sh(`docker image inspect --format '{{.Id}}' polldock`)
    const images = await Promise.all((await stack.containers()).map((one) => stack.inspect(one, '{{.Image}}')))
    return {
      done: `by the [documented steps](operating.md#upgrade), ${load}`,
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

const privileges: ComposeDrill = {
  name: 'compose-privileges',
  title: 'What a process in the compose file may do',
  run: async (stack) => {
    await stack.scale(1)
    const [container = ''] = await stack.containers()
    const inside = (command: string) => stack.sh(`docker exec ${container} sh -c '${command}'`)
    const user = await inside('id -un')
    const writable = await inside(
      'find / -xdev -writable ! -type l ! -path "/proc/*" ! -path "/dev/*" 2>/dev/null; true',
    )
    const capabilities = await inside('grep -h -E "Cap(Prm|Eff|Bnd)|NoNewPrivs" /proc/self/status | tr -s "\\t\\n" " "')
    const limit = Number(await stack.inspect(container, '{{.HostConfig.Memory}}'))
    const added = Number(
      await stack.sh(`
        base=$(docker image inspect --format '{{.Size}}' "$(sed -n 's/^ARG NODE=//p' Dockerfile)")
        echo $(($(docker image inspect --format '{{.Size}}' polldock) - base))`),
    )
    return {
      done: 'looked at from inside and from outside',
      findings: [
        {
          promise: 'it runs as a user that can write only to /tmp',
          found: `${user}: ${writable}`,
          kept: user === 'node' && writable === '/tmp',
        },
        {
          promise: 'it has no capability and cannot gain any',
          found: capabilities,
          kept: /^CapPrm: 0+ CapEff: 0+ CapBnd: 0+ NoNewPrivs: 1$/.test(capabilities),
        },
        { promise: 'its memory is limited', found: `${limit / 2 ** 20} MB`, kept: limit === 2 ** 30 },
        {
          promise: 'the image adds less than 120 MB to its base image',
          found: `${(added / 1e6).toFixed(0)} MB`,
          kept: added < 120e6,
        },
      ],
    }
  },
}

/** In the order of running and reporting. They share one deployment. */
export const composeDrills = [kill, restarts, scaling, databaseRestart, upgrade, privileges]
