import { setTimeout as sleep } from 'node:timers/promises'
import { abortStreams, streamHead } from '../../test/support/abort-streams.ts'
import { createGuest, createPoll } from '../../test/support/api-calls.ts'
import { freePort } from '../../test/support/postgres-server.ts'
import { DrillResponses } from '../answers.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import type { DrillSite } from '../site.ts'

const atOnce = 150
const withinMs = 80
const settlingMs = 30_000

export const abortedStreams: Drill = {
  name: 'aborted-streams',
  title: 'Clients that open event streams and break the connection',
  run: async (site) => {
    const count = site.isShort ? 500 : 20_000
    const findings = [
      await abort(site, 'PostgreSQL', count, {}),
      await abort(site, 'the embedded database', count, { DATA_DIR: await site.folder() }),
    ]
    return {
      done: `${shown(count)} streams of pages and of the API on each database, each cut at a random moment`,
      findings,
    }
  },
}

async function abort(
  site: DrillSite,
  where: string,
  count: number,
  database: Record<string, string>,
): Promise<Finding> {
  const metricsPort = await freePort()
  const limits = { RATE_LIMIT: 'on', RATE_LIMIT_ADDRESS: '1000000', RATE_LIMIT_STREAMS: '10000' }
  const { url, port, printed } = await site.startPolldock({ METRICS_PORT: String(metricsPort), ...limits, ...database })
  const ann = await createGuest(url, 'Ann')
  const { id } = await createPoll(url, ann)
  const authorization = `Bearer ${ann.token}`
  const answers = new DrillResponses()
  for (let index = 0; index < 20; index++) {
    const headers = { authorization, 'content-type': 'application/json' }
    await answers.send(`${url}/api/polls/${id}/comments`, { method: 'POST', headers, body: `{"body":"Well ${index}"}` })
  }
  const page = `/polls/${id}/stream`
  const heads = [streamHead(page), streamHead(`/api${page}?after=0`, { authorization }), streamHead(`/api${page}`)]
  const answered = await abortStreams(port, heads, { count, atOnce, withinMs })
  const deadline = performance.now() + settlingMs
  let left = await counters(metricsPort)
  while (left.some((one) => one !== 0) && performance.now() < deadline) {
    await sleep(200)
    left = await counters(metricsPort)
  }
  const [viewers, slots] = left
  const errors = printed()
    .split('\n')
    .filter((line) => line.startsWith('{"level":50')).length
  return {
    promise: `on ${where}, viewer and slot go with the connection, and no error is logged`,
    found: `${viewers} viewers, ${slots} slots and ${errors} errors after ${shown(answered)} begun answers`,
    kept: answered > 0 && viewers === 0 && slots === 0 && errors === 0,
  }
}

/** The numbers of viewers and slots. */
async function counters(metricsPort: number): Promise<(number | undefined)[]> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return ['polldock_live_viewers', 'polldock_stream_slots'].map((name) => {
    const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]
    return value === undefined ? undefined : Number(value)
  })
}
