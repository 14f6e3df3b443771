import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../measure.ts'
import { createPolls } from '../population.ts'
import type { MatrixCalls, Seen } from '../processes/matrix.ts'
import { type Remote, startProcess } from '../processes/remote.ts'
import type { ServerCalls } from '../processes/server.ts'
import type { ViewersCalls } from '../processes/viewers.ts'
import { type BenchPoll, jsonVote, watchRequest } from '../requests.ts'
import { figure, goal, rate, type Section } from '../section.ts'
import { type BenchSite, besideMatrix } from '../site.ts'

const rounds = 20
const hangRounds = 5
/** Votes that are further apart are delivered one by one. */
const apartMs = 1_100
const responseType = 'org.matrix.msc3381.poll.response'
const maxDelayMs = 300
const maxCountSeconds = 10
const maxWaitMs = 60_000

type MatrixBench = {
  site: BenchSite
  server: Remote<ServerCalls>
  port: number
  matrix: Remote<MatrixCalls>
}

export const matrix: Section = {
  key: 'o',
  title: 'Matrix',
  columns: ['database', 'what', 'p50 ms', 'slowest ms', 'in all'],
  rows: (site, { viewers }) =>
    besideMatrix(site, async (server, port, homeserver) => {
      const bench = { site, server, port, matrix: homeserver }
      const [room = ''] = await homeserver.makeRooms({ count: 1, isModerator: true })
      await server.connectRooms([room])
      return [
        ...(await webVotes(bench, room)),
        ...(await chatVotes(bench, room, viewers / 4)),
        ...(await hangingRoom(bench, viewers / 40)),
        await pushedEvents(bench, viewers * 50),
      ]
    }),
  note:
    'A real homeserver, Synapse with SQLite in one process, on the same machine; its stand-in where Synapse cannot be ' +
    'installed, which the run says. First from the answer to a vote on the web until matrix-js-sdk shows the new count ' +
    `in the message, and has the vote of the new ghost for the native poll; one vote at a time (goal: p50 below ${maxDelayMs} ms). Then ` +
    'votes in the native poll, each by somebody who has not voted before: from the homeserver’s answer until the poll’s ' +
    'page shows it (the same goal), and many at once until all are counted (goal: 500 within ' +
    `${maxCountSeconds} s of the first request). Then from the answer to a vote until the last of many rooms without native polls shows it, ` +
    'while one more room answers, and while that one never does. Last, events that the homeserver pushes and the inbox ' +
    'keeps: memory that stays after them, and the size of the table.',
}

async function webVotes({ site, port, matrix: homeserver }: MatrixBench, room: string): Promise<string[][]> {
  const [poll] = (await createPolls(port, 1)) as [BenchPoll]
  await homeserver.nativePollOf({ room, ...poll })
  const [inMessage, inPoll]: [number[], number[]] = [[], []]
  for (let firstVoter = 0; firstVoter < rounds; firstVoter++) {
    await sleep(apartMs)
    await homeserver.seen()
    const [vote] = await site.load.pace({ port, perSecond: 1, seconds: 1, target: jsonVote(poll), firstVoter })
    const [message, response] = await seenUntil(homeserver, (all) => {
      const found = [
        all.find(({ text }) => isTotal(text, firstVoter + 1)),
        all.find(({ type }) => type === responseType),
      ]
      return found.every((one) => one !== undefined) ? found : undefined
    })
    inMessage.push(Math.max(0, (message?.at ?? 0) - (vote?.answeredAt ?? 0)))
    inPoll.push(Math.max(0, (response?.at ?? 0) - (vote?.answeredAt ?? 0)))
  }
  return [
    delayRow(site, 'web vote, in the message that shows the poll', inMessage),
    delayRow(site, 'web vote of a new ghost, in the native poll', inPoll),
  ]
}

async function chatVotes(bench: MatrixBench, room: string, count: number): Promise<string[][]> {
  const { site, port, matrix: homeserver } = bench
  const [{ options, ...poll }] = (await createPolls(port, 1)) as [BenchPoll]
  const asked = { room, options, poll: await homeserver.nativePollOf({ room, ...poll }) }
  await addVoters(bench, room, rounds + count)
  const { remote: viewers, stop } = startProcess<ViewersCalls>('viewers.ts')
  try {
    await viewers.watch({ port, request: watchRequest({ options, ...poll }, 1, site.csrf), viewers: 1 })
    const votes: { revision: number; answeredAt: number }[] = []
    for (let from = 0; from < rounds; from++) {
      await sleep(apartMs)
      const [vote] = await homeserver.vote({ ...asked, from, count: 1, connections: 1 })
      votes.push({ revision: from + 2, answeredAt: vote?.answeredAt ?? 0 })
    }
    await sleep(apartMs)
    const alone = delayRow(site, 'chat vote, on the page', [...(await viewers.sight(votes)).delays])
    const many = await homeserver.vote({ ...asked, from: rounds, count, connections: 32 })
    const first = Math.min(...many.map(({ sentAt }) => sentAt))
    const counted = await untilSeen(viewers, { revision: rounds + count + 1, answeredAt: first })
    const sent = Math.max(...many.map(({ answeredAt }) => answeredAt)) - first
    const all = `${goal(`${figure(counted / 1_000)} s`, counted < 1_000 * maxCountSeconds)}, the homeserver had them after ${figure(sent / 1_000)} s`
    return [alone, [site.database, `${count} chat votes at once, counted`, '', '', all]]
  } finally {
    await stop()
  }
}

/** @returns after how many milliseconds the page shows the vote */
async function untilSeen(viewers: Remote<ViewersCalls>, vote: { revision: number; answeredAt: number }) {
  for (const deadline = performance.now() + maxWaitMs; performance.now() < deadline; await sleep(50)) {
    const [delay = Number.NaN] = (await viewers.sight([vote])).delays
    if (Number.isFinite(delay)) return delay
  }
  return Number.NaN
}

/** In several calls, as each has a time limit. */
async function addVoters({ matrix: homeserver }: MatrixBench, room: string, count: number): Promise<void> {
  const some = 50
  for (let from = 0; from < count; from += some)
    await homeserver.addVoters({ room, count: Math.min(some, count - from) })
}

async function hangingRoom({ site, server, port, matrix: homeserver }: MatrixBench, count: number) {
  const [room = '', ...others] = await homeserver.makeRooms({ count, isModerator: false })
  await server.connectRooms([room, ...others])
  const [poll] = (await createPolls(port, 1)) as [BenchPoll]
  const lastOfAll = async (firstVoter: number, rooms: string[]) => {
    await sleep(2 * apartMs)
    await homeserver.seen()
    const [vote] = await site.load.pace({ port, perSecond: 1, seconds: 1, target: jsonVote(poll), firstVoter })
    const shownIn = new Map<string, number>()
    await seenUntil(homeserver, (all) => {
      for (const { room: at, text, at: time } of all) if (isTotal(text, firstVoter + 1)) shownIn.set(at, time)
      return rooms.every((one) => shownIn.has(one)) || undefined
    })
    return Math.max(...rooms.map((one) => shownIn.get(one) ?? 0)) - (vote?.answeredAt ?? 0)
  }
  const [answering, hanging]: [number[], number[]] = [[], []]
  for (let voter = 0; voter < hangRounds; voter++) answering.push(await lastOfAll(voter, others))
  await homeserver.hang(room)
  for (let voter = hangRounds; voter < 2 * hangRounds; voter++) hanging.push(await lastOfAll(voter, others))
  await homeserver.hang(undefined)
  const [before, after] = [medianOf(answering), medianOf(hanging)]
  const row = (what: string, delays: number[], shown: string) => [
    ...[site.database, `web vote, shown in ${others.length} rooms, ${what}`, shown, figure(Math.max(...delays)), ''],
  ]
  return [
    row('while another answers', answering, figure(before)),
    row('while another hangs', hanging, goal(figure(after), after < 1.2 * before + 50)),
  ]
}

/** Replies in threads that are not ours: they are stored, looked at and forgotten. */
async function pushedEvents({ site, server, port }: MatrixBench, count: number): Promise<string[]> {
  const measured = async () => {
    const [row] = await server.rows("SELECT pg_total_relation_size('inbox') AS size")
    return { memory: await server.memory(), size: Number(row?.size) }
  }
  const before = await measured()
  const start = performance.now()
  await pushEvents(server, port, 'first', count / 2)
  const half = await measured()
  await pushEvents(server, port, 'second', count / 2)
  const perSecond = count / ((performance.now() - start) / 1_000)
  const after = await measured()
  const mebibytes = (bytes: number) => `${figure(bytes / 1_048_576)} MiB`
  const memory = `${mebibytes(half.memory - before.memory)} of memory for the first half, ${mebibytes(after.memory - half.memory)} for the second`
  const found = `${rate(perSecond)} a second; ${memory}; ${mebibytes(after.size - before.size)} of the database`
  return [site.database, `${count.toLocaleString('en')} pushed events`, '', '', found]
}

const eventsAtOnce = 100

/** Repeats what is refused, as a homeserver does. Resolves once all are handled. */
async function pushEvents(server: Remote<ServerCalls>, port: number, name: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += eventsAtOnce) {
    const events = Array.from({ length: eventsAtOnce }, (_, index) => ({
      event_id: `$${name}-${from + index}`,
      room_id: `!${name}-${index % 10}:chat.test`,
      sender: `@somebody${index}:chat.test`,
      type: 'm.room.message',
      origin_server_ts: 1_800_000_000_000,
      content: {
        ...{ msgtype: 'm.text', body: 'Hello' },
        'm.relates_to': { rel_type: 'm.thread', event_id: `$thread-${from}` },
      },
    }))
    const request = {
      method: 'PUT',
      headers: { authorization: 'Bearer hs-secret' },
      body: JSON.stringify({ events }),
    }
    const url = `http://127.0.0.1:${port}/_matrix/app/v1/transactions/${name}-${from}`
    for (let status = 0; status !== 200; ) {
      const response = await fetch(url, request)
      status = response.status
      await response.body?.cancel()
      if (status !== 200) await sleep(200)
    }
  }
  const waiting = async () => Number((await server.rows('SELECT count(*) FROM inbox WHERE done_at IS NULL'))[0]?.count)
  while ((await waiting()) > 0) await sleep(200)
}

function isTotal(text: string, votes: number): boolean {
  return text.includes(`Total votes: ${votes.toLocaleString('en')}\n`)
}

async function seenUntil<Found>(homeserver: MatrixBench['matrix'], find: (all: Seen[]) => Found | undefined) {
  const all: Seen[] = []
  const deadline = performance.now() + maxWaitMs
  for (;;) {
    all.push(...(await homeserver.seen()))
    const found = find(all)
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error('A client did not show a vote within a minute.')
    await sleep(20)
  }
}

function medianOf(delays: number[]): number {
  return quantile(Float64Array.from(delays).sort(), 0.5)
}

function delayRow({ database }: BenchSite, what: string, delays: number[]): string[] {
  const p50 = medianOf(delays)
  return [database, what, goal(figure(p50), p50 < maxDelayMs), figure(Math.max(...delays)), '']
}
