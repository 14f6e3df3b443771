import { shown } from '../drill.ts'
import type { ComposeDrill } from './compose-drill.ts'

const starts = 5

export const privileges: ComposeDrill = {
  name: 'compose-privileges',
  title: 'What a process in the compose file may do, and how it starts',
  run: async (stack) => {
    await stack.scale(1)
    const [container = ''] = await stack.containers()
    const inside = (command: string) => stack.sh(`docker exec ${container} sh -c '${command}'`)
    const user = await inside('id -un')
    const writable = await inside(
      'find / -xdev -writable ! -type l ! -path "/proc/*" ! -path "/dev/*" 2>/dev/null; true',
    )
    const capabilities = await inside('grep -h -E "Cap(Prm|Eff|Bnd)|NoNewPrivs" /proc/self/status | tr -s "\\t\\n" " "')
    const written = await inside('echo > /app/file || echo > /data/file || echo refused')
    const code = await stack.sh(`docker exec ${container} node -e 'Buffer.alloc(1100 * 2 ** 20, 1)' || echo $?`)
    const added = Number(
      await stack.sh(`
        base=$(docker image inspect --format '{{.Size}}' "$(sed -n 's/^ARG NODE=//p' Dockerfile)")
        echo $(($(docker image inspect --format '{{.Size}}' ${stack.name}) - base))`),
    )
    const compiled = Number(await inside('find compiled -type f -readable | wc -l'))
    const times: number[] = []
    for (let start = 0; start < starts; start++) {
      await stack.kill(container)
      await stack.healthy(container)
      times.push(await stack.startMs(container))
    }
    return {
      done: `looked at from inside and from outside, and killed ${starts} times without load`,
      findings: [
        {
          promise: 'it runs as a user that can write only to /tmp, and files elsewhere are refused',
          found: `${user}: ${writable}; ${written}`,
          kept: user === 'node' && writable === '/tmp' && written === 'refused',
        },
        {
          promise: 'it has no capability and cannot gain any',
          found: capabilities,
          kept: /^CapPrm: 0+ CapEff: 0+ CapBnd: 0+ NoNewPrivs: 1$/.test(capabilities),
        },
        {
          promise: 'its memory is limited to 1 GB: a program that takes more is killed',
          found: `ended with ${code}`,
          kept: code === '137',
        },
        {
          promise: 'the image adds less than 120 MB to its base image',
          found: `${(added / 1e6).toFixed(0)} MB`,
          kept: added < 120e6,
        },
        {
          promise: 'it reads compiled scripts from the image',
          found: `${shown(compiled)} files`,
          kept: compiled > 1_000,
        },
        {
          promise: 'it starts in less than 3 s',
          found: `${times.map(shown).join(', ')} ms`,
          kept: times.every((ms) => ms < 3_000),
        },
      ],
    }
  },
}
