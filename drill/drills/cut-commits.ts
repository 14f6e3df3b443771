import { startTcpProxy } from '../../test/support/tcp-proxy.ts'
import { DrillResponses } from '../answers.ts'
import { type Drill, shown } from '../drill.ts'
import { Election } from '../election.ts'

export const cutCommits: Drill = {
  name: 'cut-commits',
  title: 'Connections to PostgreSQL break in the midst of commits',
  run: async (site) => {
    const cuts = { 'before the commit': 0, 'after it, before its answer': 0, 'at another moment': 0 }
    let share = 0
    const proxy = await startTcpProxy(site.postgres.port, (bytes) => {
      const isCommit = bytes.includes('COMMIT')
      if (Math.random() >= (isCommit ? share : share / 20)) return 'pass'
      if (!isCommit) cuts['at another moment'] += 1
      else if (Math.random() < 0.5) cuts['before the commit'] += 1
      else {
        cuts['after it, before its answer'] += 1
        return 'lose-answer'
      }
      return 'cut'
    })
    site.defer(() => proxy.close())
    const url = new URL(await site.createDatabase())
    url.port = String(proxy.port)
    const polldock = await site.startPolldock({ DATABASE_URL: url.href })
    const election = await Election.open(polldock.url, { guests: 200, polls: site.isShort ? 10 : 50 })
    share = 0.2
    const answers = new DrillResponses()
    await election.cast({ urls: [polldock.url], withinMs: 120_000, answers })
    share = 0
    const cut = Object.entries(cuts)
    return {
      done: `${cut.map(([when, count]) => `${shown(count)} ${when}`).join(', ')}, while 200 guests cast ${shown(election.size)} votes over 32 connections, each until it is answered`,
      findings: [
        {
          promise: 'a vote whose commit is unknown is refused with 503 and Retry-After: no 500, no hang',
          found: String(answers),
          kept: answers.areClear && answers.broken === 0 && cut.every(([, count]) => count > 0),
        },
        {
          promise: 'sent again, it is answered in the end',
          found: `${shown(election.answered)} of ${shown(election.size)}`,
          kept: election.answered === election.size,
        },
        await election.check(polldock.url),
      ],
    }
  },
}
