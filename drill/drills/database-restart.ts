import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresServer } from '../../test/support/postgres-server.ts'
import { DrillResponses } from '../answers.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { Election } from '../election.ts'
import type { Polldock } from '../polldock.ts'
import { createDatabase } from '../site.ts'

export const databaseRestart: Drill = {
  name: 'database-restart',
  title: 'PostgreSQL stops and comes back',
  run: async (site) => {
    const postgres = await site.startPostgres()
    const polldock = await site.startPolldock({ DATABASE_URL: await createDatabase(postgres) })
    const outage = { postgres, polldock, pages: new DrillResponses(), downMs: site.isShort ? 1_500 : 6_000 }
    const election = await Election.open(polldock.url, { guests: 200, polls: site.isShort ? 5 : 50 })
    const casting = { urls: [polldock.url], withinMs: 120_000, answers: new DrillResponses() }
    const voted = election.cast(casting)
    await stopAndStart(outage, 'SIGINT')
    if (!site.isShort) await stopAndStart(outage, 'SIGQUIT')
    const answers = await voted
    return {
      done:
        `${site.isShort ? 'once' : 'twice, the second time as in a crash'}, for ${outage.downMs / 1_000} s, while 200 guests ` +
        `cast ${shown(election.size)} votes over 32 connections, each until it is answered`,
      findings: [
        clear('votes meanwhile are answered, or refused with 503 and Retry-After: no 500, no hang', answers),
        clear('pages meanwhile are shown, or say 503 with Retry-After', outage.pages),
        {
          promise: 'it recovers automatically when the database is back',
          found: `${shown(election.answered)} of ${shown(election.size)} votes answered in the end`,
          kept: election.answered === election.size,
        },
        await election.check(polldock.url),
      ],
    }
  },
}

function clear(promise: string, answers: DrillResponses): Finding {
  const isTested = answers.with(503) > 0
  return { promise, found: String(answers), kept: answers.areClear && answers.broken === 0 && isTested }
}

type Outage = { postgres: PostgresServer; polldock: Polldock; pages: DrillResponses; downMs: number }

async function stopAndStart({ postgres, polldock, pages, downMs }: Outage, signal: 'SIGINT' | 'SIGQUIT') {
  await sleep(300)
  await postgres.halt(signal)
  const upAgain = performance.now() + downMs
  while (performance.now() < upAgain) {
    await Promise.all(['/', '/me', '/api/polls'].map((path) => pages.send(polldock.url + path)))
    await sleep(200)
  }
  await postgres.restart()
}
