import { setTimeout as sleep } from 'node:timers/promises'
import { createGuest } from '../../test/support/api-calls.ts'
import { DrillResponses } from '../answers.ts'
import { DrillBrowser } from '../browser.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { Election } from '../election.ts'
import { openFlowdock } from '../flowdock.ts'

const hourMs = 3_600_000
const toldWithinMs = 60_000

export const clockSetBack: Drill = {
  name: 'clock-set-back',
  title: 'The clock of one of two processes is set back',
  run: async (site) => {
    const flowdock = await openFlowdock(site)
    const [right, late] = await Promise.all([
      site.startPolldock(flowdock.variables),
      site.startPolldock(flowdock.variables),
    ])
    const election = await Election.open(right.url, { guests: 60, polls: site.isShort ? 8 : 30 })
    const answers = new DrillResponses()
    const casting = { urls: [right.url, late.url], connections: 8, withinMs: 60_000, answers }
    const until = (share: number) => () => election.answered >= share * election.size
    await election.cast({ ...casting, until: until(0.3) })
    await late.probe.shiftClock(-hourMs)
    await election.cast({ ...casting, until: until(0.9) })
    const told = await flowdock.check(await election.logs(right.url), toldWithinMs)
    const identities = await identify(right.url, late.url)

    await right.stop()
    await sleep(100)
    await election.cast({ ...casting, urls: [late.url] })
    const toldAlone = await flowdock.check(await election.logs(late.url), toldWithinMs)
    return {
      done: `by one hour, while ${shown(election.size)} votes are cast in ${election.polls.length} polls at both by turns; then the other process stops`,
      findings: [
        {
          promise: 'every vote is answered',
          found: String(answers),
          kept: answers.areClear && answers.broken === 0 && election.answered === election.size,
        },
        await election.check(late.url),
        await timesInOrder(election, late.url),
        identities,
        told,
        { ...toldAlone, promise: `when only the late one is left, ${toldAlone.promise}` },
      ],
    }
  },
}

async function timesInOrder(election: Election, url: string): Promise<Finding> {
  const logs = [...(await election.logs(url)).values()]
  const backwards = logs.flatMap((log) => log.filter(({ at }, index) => at < (log[index - 1]?.at ?? at)))
  return {
    promise: 'the times of a poll’s events never run backwards',
    found: `${shown(logs.flat().length)} events, ${backwards.length} earlier than the one before`,
    kept: backwards.length === 0,
  }
}

/** Uses sessions and tokens of one process at the other. */
async function identify(right: string, late: string): Promise<Finding> {
  const found: string[] = []
  for (const [maker, other, name] of [
    [right, late, 'the right one'],
    [late, right, 'the late one'],
  ] as const) {
    const { token } = await createGuest(maker, 'Ann')
    const me = await fetch(`${other}/api/me`, { headers: { authorization: `Bearer ${token}` } })
    const browser = new DrillBrowser()
    await browser.get(maker, '/polls/new')
    const named = 'Bea of the browser'
    const made = await browser.post(maker, '/me/name', { name: named, displayName: named })
    const page = await browser.get(other, '/me')
    const changed = await browser.post(other, '/me/name', { name: 'Bea', displayName: 'Bea' })
    const statuses = [me.status, made.status, page.status, changed.status].join(', ')
    const isKnown = page.text.includes('Bea of the browser')
    if (!isKnown || statuses !== '200, 303, 200, 303') found.push(`made at ${name}: ${statuses}, known: ${isKnown}`)
  }
  return {
    promise: 'sessions, forms and tokens made at one are good at the other',
    found: found.length > 0 ? found.join('; ') : 'they are, both ways',
    kept: found.length === 0,
  }
}
