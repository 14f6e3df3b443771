import type { Drill, Finding } from '../drill.ts'
import { shown } from '../drill.ts'
import { TurnMeter } from '../largest/turn-meter.ts'
import { type Polldock, startSandbox } from '../polldock.ts'

const maxBusyMs = 50
/** As many as the sandbox keeps in a flow. */
const messages = 10_000
/** The longest chat line. In the other flow, such lines fill the limit of text. */
const longLine = 'ÄÖ, a long line with many words. '.repeat(300).slice(0, 8_096)
const longLines = 3_000

const main = { path: '/flows/acme/main', token: 'main-sandbox-flow-token' }
const lunchClub = { path: '/flows/acme/lunch-club', token: 'lunch-club-sandbox-flow-token' }
const authorization = `Basic ${Buffer.from('maija-sandbox-api-token:').toString('base64')}`
const json = { 'content-type': 'application/json' }

export const fullSandbox: Drill = {
  name: 'full-sandbox',
  title: 'A sandbox with two full flows',
  run: async (site) => {
    if (site.isShort) return { notRun: 'the short form has no time to fill the flows' }
    const sandbox = await startSandbox()
    site.defer(() => sandbox.kill())
    const meter = new TurnMeter(sandbox, maxBusyMs)
    await fill(sandbox)
    for (const path of reads()) await get(meter, path)
    await meter.send('a chat line', post(`/v1/messages/chat/${main.token}`, line(0)))
    await meter.send('a thread of the largest size', await largestThread(sandbox))
    await meter.send('a list of its thread', { ...empty, path: `${main.path}/threads` })
    const streams = [await streamed(sandbox, `/flows?filter=acme/main`), await streamed(sandbox, lunchClub.path)]
    const done = `${shown(messages + longLines)} messages posted, ${meter.requests} requests measured, ${streams.length} streams`
    return { done, findings: [meter.finding(), ...streams] }
  },
}

const empty = { method: 'GET', headers: { authorization }, body: undefined }

function get(meter: TurnMeter, path: string): Promise<void> {
  return meter.send(`GET ${path.slice(0, 80)}`, { ...empty, path })
}

function reads(): string[] {
  const lists = [main, lunchClub].flatMap(({ path }) =>
    [
      ...['', '?limit=100', '?limit=100&sort=asc', '?event=none', '?tags=none', '?since_id=1&limit=100'],
      ...['?search=nowhere+to+be+found', '?search=words&skip=5000&limit=100'],
    ].map((query) => `${path}/messages${query}`),
  )
  const others = ['/flows?users=1', '/flows/all?users=1', `${main.path}/users`, `${main.path}/threads?empty=1`]
  const pages = ['/app/acme/main', '/app/acme/main/inbox', '/app/acme/lunch-club', '/app/acme/main/settings']
  return [...lists, ...others, ...pages]
}

function post(path: string, body: object) {
  return { method: 'POST', path, headers: json, body: JSON.stringify(body) }
}

const line = (turn: number) => ({ content: `Line ${turn} with a few words @ben #tag`, external_user_name: 'Stevie' })
const mail = (turn: number) => ({
  ...{ source: 'Digest', from_address: 'news@example.com', subject: `Mail ${turn}` },
  content: '<p>Interesting news of <b>today</b></p>'.repeat(5),
})

async function fill(sandbox: Polldock): Promise<void> {
  const turns = Array.from({ length: messages }, (_, turn) => turn)
  await postAll(
    sandbox,
    turns.map((turn) =>
      turn % 5 === 0
        ? post(`/v1/messages/team_inbox/${main.token}`, mail(turn))
        : post(`/v1/messages/chat/${main.token}`, line(turn)),
    ),
  )
  const long = post(`/v1/messages/chat/${lunchClub.token}`, { content: longLine, external_user_name: 'Stevie' })
  await postAll(
    sandbox,
    Array.from({ length: longLines }, () => long),
  )
}

async function postAll({ url }: Polldock, requests: ReturnType<typeof post>[]): Promise<void> {
  const left = requests.values()
  const work = async () => {
    for (const { path, ...request } of left) {
      const answer = await fetch(url + path, request)
      await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}.`)
    }
  }
  await Promise.all(Array.from({ length: 20 }, work))
}

/** A post of the example application, as large as a body can be. */
async function largestThread({ url }: Polldock) {
  const signIn = {
    ...{ grant_type: 'password', username: 'maija@acme.example', password: 'maija-sandbox-password' },
    ...{ client_id: 'example-client-id', client_secret: 'example-client-secret-that-protects-nothing' },
    scope: 'integration',
  }
  const form = await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(signIn) })
  const token = new URLSearchParams(await form.text()).get('access_token')
  const asked = { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body: '{"name":"Large"}' }
  const source = (await (await fetch(`${url}${main.path}/sources`, asked)).json()) as { flow_token: string }
  const fields = Array.from({ length: 200 }, (_, place) => ({
    label: `Field ${place}`,
    value: '<a href="https://example.org">x</a>'.repeat(15),
  }))
  const body = '<p>A <b>long</b> text</p>'.repeat(2_500)
  const thread = { title: 'Large', body, fields }
  const activity = { event: 'activity', author: { name: 'Ann' }, title: 'made it large', external_thread_id: '1' }
  return post('/messages', { flow_token: source.flow_token, ...activity, thread })
}

/** Reads everything that a flow keeps from an event stream, and measures it. */
async function streamed({ url, probe }: Polldock, path: string): Promise<Finding> {
  await probe.turns()
  const headers = { authorization, accept: 'text/event-stream', 'last-event-id': '1' }
  const answer = await fetch(url + path, { headers, signal: AbortSignal.timeout(60_000) })
  const ids: number[] = []
  let rest = ''
  const expected = await stored(url, path)
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    rest += chunk
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const one of lines) if (one.startsWith('id: ')) ids.push(Number(one.slice(4)))
    if (ids.length >= expected) break
  }
  const { busyMs } = await probe.turns()
  const isOrdered = ids.every((id, place) => place === 0 || id > (ids[place - 1] ?? 0))
  return {
    promise: `${path} streams everything that is kept, in order, without a turn over ${maxBusyMs} ms`,
    found: `${shown(ids.length)} of ${shown(expected)} messages, the longest turn ${shown(busyMs)} ms`,
    kept: ids.length === expected && isOrdered && busyMs <= maxBusyMs,
  }
}

/** The number of messages that the flow keeps: the ids from the oldest to the newest. */
async function stored(url: string, path: string): Promise<number> {
  const flow = path.includes('lunch-club') ? lunchClub : main
  const idsOf = async (query: string) => {
    const answer = await fetch(`${url}${flow.path}/messages?limit=1${query}`, { headers: { authorization } })
    return ((await answer.json()) as { id: number }[])[0]?.id ?? 0
  }
  return (await idsOf('')) - (await idsOf('&sort=asc')) + 1
}
