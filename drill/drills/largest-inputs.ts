import { setTimeout as sleep } from 'node:timers/promises'
import { type Drill, shown } from '../drill.ts'
import { openFlowdock } from '../flowdock.ts'
import { addLargestPolls } from '../largest/polls.ts'
import { PollTurnMeter, type TurnMeter } from '../largest/turn-meter.ts'
import { type Description, fieldsOf } from '../naughty/fields.ts'
import { type Filled, fill } from '../naughty/request.ts'
import { NaughtySite } from '../naughty/surroundings.ts'
import { signIn } from '../naughty/visitor.ts'
import type { Polldock } from '../polldock.ts'
import type { ProbeRoute } from '../preload/probe.ts'

/** The longest text that any field takes. */
const longText = 'ÄÖ, https://example.org/a?b=c and (words) of 24 letters: '.repeat(90).slice(0, 5_000)
const maxBusyMs = 50

export const largestInputs: Drill = {
  name: 'largest-inputs',
  title: 'Every route with its largest input, on the embedded database',
  run: async (site) => {
    if (site.isShort) return { notRun: 'the short form has no time to fill a database' }
    const flowdock = await openFlowdock(site, { DATA_DIR: await site.folder() })
    const first = await site.startPolldock(flowdock.variables)
    await whenServed(() => signIn(first.url, flowdock))
    await first.stop()
    const polls = await addLargestPolls(flowdock.variables)
    const polldock = await site.startPolldock(flowdock.variables)
    const surroundings = await whenServed(() => NaughtySite.open(polldock, flowdock))
    const { known } = surroundings
    const routes = (await polldock.probe.routes()).filter(({ method }) => method !== 'HEAD')
    const meter = new PollTurnMeter(polldock, known.visitor.browser, maxBusyMs)
    await meter.firstCount(polls.get('ranked')?.id ?? '')
    for (const route of [...routes.filter(isRead), ...routes.filter((one) => !isRead(one))]) {
      for (const [name, poll] of polls) {
        if (!takesPoll(route)) continue
        const ofPoll = { ...known, visitor: { ...known.visitor, poll } }
        await meter.send(`${name}: ${route.method} ${route.url}`, fill(route, valid, '*/*', 0, ofPoll))
      }
    }
    for (const [name, poll] of polls) await meter.changes(name, poll)
    for (const route of inOrder(routes)) await longTexts(route, polldock, surroundings, meter)
    return { done: `${shown(meter.requests)} requests to ${routes.length} routes`, findings: [meter.finding()] }
  },
}

/** After its start on a busy machine, or after much work, Polldock refuses requests for a while. */
async function whenServed<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt < 20; attempt++) {
    try {
      return await work()
    } catch {
      await sleep(2_000)
    }
  }
  return work()
}

/** Routes that sign the visitor out, or take something away, come last. */
function inOrder(routes: ProbeRoute[]): ProbeRoute[] {
  const isTaking = ({ url }: ProbeRoute) => /sign-out|unlink|disconnect$|remove$/.test(url)
  return [...routes.filter((route) => !isTaking(route)), ...routes.filter(isTaking)]
}

const valid = { part: 'header', name: 'accept' } as const
const isRead = ({ method }: ProbeRoute) => method === 'GET'
const takesPoll = ({ url }: ProbeRoute) => /\/polls\/:(id|slug)/.test(url)

/** The longest text in each field in turn, with the other fields as a page or the API's example has them. */
async function longTexts(route: ProbeRoute, polldock: Polldock, surroundings: NaughtySite, meter: TurnMeter) {
  await whenServed(() => surroundings.refresh(route))
  const { known } = surroundings
  const fields = await fieldsOf(route, polldock, known.description as Description, known.forms)
  for (const [turn, field] of fields.entries()) {
    if (field.part === 'header') continue
    await whenServed(() => surroundings.refresh(route))
    const request: Filled = fill(route, field, longText, 3 * turn, surroundings.known)
    await meter.send(`${route.method} ${route.url}, long ${field.name}`, request)
  }
}
