import { deliverBacklog } from '../sections/delivery.ts'
import { besideFlowdock } from '../site.ts'
import type { Comparison } from './comparison.ts'

export const deliveries: Comparison[] = [1, 50].map((connections) => ({
  key: 'g',
  name: `deliveries to ${connections} connection${connections === 1 ? '' : 's'}`,
  unit: 'per second',
  goal: { embedded: 3, postgres: 3 },
  prepare: (site, work) =>
    besideFlowdock(site, (server, port, flowdock) =>
      work(async (seconds) => {
        const count = Math.max(4, Math.round((seconds * 150) / connections))
        const cpuBefore = await server.cpuMs()
        const backlog = await deliverBacklog({ server, port, flowdock }, connections, count)
        const serverCpu = ((await server.cpuMs()) - cpuBefore) / backlog.messages
        return { value: backlog.messages / backlog.seconds, serverCpu }
      }),
    ),
}))
