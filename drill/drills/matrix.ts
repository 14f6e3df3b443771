import { setTimeout as sleep } from 'node:timers/promises'
import type { DrillResponses } from '../answers.ts'
import type { Drill } from '../drill.ts'
import { type Disturbed, duringVotes } from '../matrix/during-votes.ts'

const voting = {
  promise: 'voting on the web continues: every vote is answered',
  isKept: (answers: DrillResponses) => answers.areClear && answers.broken === 0,
}

export const matrixVotes: Drill = {
  name: 'matrix-votes',
  title: 'Many vote at once, on the web and in Matrix',
  run: (site) => {
    const each = site.isShort ? 10 : 500
    return duringVotes(site, {
      votes: { web: each, chat: each, overMs: 0 },
      done: 'all at once, in one poll',
      disturb: async () => {},
      onTheWeb: voting,
    })
  },
}

export const matrixKilled: Drill = {
  name: 'matrix-killed',
  title: 'The Matrix homeserver is killed and restarted',
  run: (site) => {
    const times = site.isShort ? 1 : 3
    return duringVotes(site, {
      votes: site.isShort ? { web: 8, chat: 8, overMs: 2_000 } : { web: 150, chat: 150, overMs: 60_000 },
      done: `${times === 1 ? 'once' : `${times} times`}, with \`kill -9\`${site.isShort ? '' : ', and stopped once'}`,
      disturb: async ({ matrix: { synapse } }) => {
        for (let time = 0; time < times; time++) {
          await sleep(site.isShort ? 500 : 8_000)
          await synapse.kill()
          await sleep(site.isShort ? 500 : 4_000)
          await synapse.start()
        }
        if (!site.isShort) await synapse.restart()
      },
      onTheWeb: voting,
    })
  },
}

export const matrixPolldockKilled: Drill = {
  name: 'matrix-polldock-killed',
  title: 'Polldock is killed while people vote in Matrix, too',
  run: (site) => {
    const times = site.isShort ? 1 : 6
    return duringVotes(site, {
      votes: site.isShort ? { web: 8, chat: 8, overMs: 2_000 } : { web: 150, chat: 150, overMs: 60_000 },
      done: `${times === 1 ? 'once' : `${times} times`}, with \`kill -9\` at a random moment, and started again`,
      disturb: async ({ restart }) => {
        for (let time = 0; time < times; time++) {
          await sleep(Math.random() * (site.isShort ? 1_500 : 12_000))
          await restart()
        }
      },
      onTheWeb: {
        promise: 'every vote on the web is answered in the end; none with 500, none hangs',
        isKept: ({ failures, hung }) => failures === 0 && hung === 0,
      },
    })
  },
}

export const matrixUnavailable: Drill = {
  name: 'matrix-unavailable',
  title: 'Polldock and the Matrix homeserver answer each other 503',
  run: (site) => {
    const downMs = site.isShort ? 2_000 : 120_000
    return duringVotes(site, {
      votes: site.isShort ? { web: 8, chat: 8, overMs: downMs } : { web: 150, chat: 150, overMs: downMs },
      done: `both ways for ${downMs / 1_000} s`,
      disturb: (disturbed) => refuse(disturbed, downMs),
      onTheWeb: voting,
    })
  },
}

async function refuse({ matrix: { toSynapse, toPolldock } }: Disturbed, ms: number): Promise<void> {
  for (const gate of [toSynapse, toPolldock]) gate.decide(() => 503)
  await sleep(ms)
  for (const gate of [toSynapse, toPolldock]) gate.decide(() => 'pass')
}
