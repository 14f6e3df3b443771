import { setTimeout as sleep } from 'node:timers/promises'
import { DrillResponses } from '../answers.ts'
import { type Drill, shown } from '../drill.ts'
import { Election } from '../election.ts'
import { openFlowdock } from '../flowdock.ts'

/** The backoff doubles with each attempt: at most the length of the outage, plus time for a busy machine. */
const catchUpMs = 90_000

export const flowdockDown: Drill = {
  name: 'flowdock-down',
  title: 'Flowdock is down for a while',
  run: async (site) => {
    const flowdock = await openFlowdock(site)
    const { url } = await site.startPolldock(flowdock.variables)
    const election = await Election.open(url, { guests: 60, polls: site.isShort ? 5 : 20 })
    const third = Math.ceil(election.size / 3)
    const downMs = site.isShort ? 2_000 : 20_000
    const vote = async (answers: DrillResponses, until: number) => {
      await election.cast({
        urls: [url],
        connections: 8,
        withinMs: 60_000,
        answers,
        until: () => election.answered >= until,
      })
      return answers
    }
    const before = await vote(new DrillResponses(), third)
    // During the delivery of the latest votes.
    await flowdock.line.refuse()
    const down = performance.now()
    const meanwhile = await vote(new DrillResponses(), 2 * third)
    await sleep(Math.max(0, down + downMs - performance.now()))
    await flowdock.line.accept()
    await vote(before, election.size)
    const medians = [before.quantileMs(0.5), meanwhile.quantileMs(0.5)] as const
    return {
      done: `unreachable for ${downMs / 1_000} s, between the thirds of ${shown(election.size)} votes in ${election.polls.length} threads`,
      findings: [
        {
          promise:
            'voting continues as fast as before (half of the votes take at most three times as long, and 200 ms)',
          found: `${meanwhile}; half within ${medians[1].toFixed(0)} ms, before and after ${medians[0].toFixed(0)} ms`,
          kept: meanwhile.areClear && meanwhile.broken === 0 && medians[1] < 3 * medians[0] + 200,
        },
        await flowdock.check(await election.logs(url), catchUpMs, 1),
        await election.check(url),
      ],
    }
  },
}
