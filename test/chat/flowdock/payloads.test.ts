import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { readFlowdockConfig } from '../../../src/chat/flowdock/config.ts'
import { tokensIn } from '../../../src/chat/flowdock/reading/tokens.ts'
import { readConfig } from '../../../src/config.ts'
import { startJobs } from '../../../src/jobs/jobs.ts'
import type { PersonName } from '../../../src/people/model/person-name.ts'
import type { Command } from '../../../src/polls/model/commands.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { perform } from '../../../src/sandbox/actions/perform.ts'
import { signRequest } from '../../../src/sandbox/actions/signed-request.ts'
import { application } from '../../../src/sandbox/beside.ts'
import { readSandboxConfig } from '../../../src/sandbox/config.ts'
import { buildSandbox } from '../../../src/sandbox/sandbox.ts'
import type { ThreadUpdateAction } from '../../../src/sandbox/state/types.ts'
import { openTestApp, testSecret } from '../../support/app.ts'
import { castVote } from '../../support/cast-vote.ts'
import { TestClock } from '../../support/clock.ts'
import { flowCalled, type PairedApp, pair, sourcesOf, through, userCalled } from '../../support/flowdock.ts'
import { quickReading, quickTiming } from '../../support/flowdock-app.ts'
import { type Exchange, type HttpRecorder, recordHttp } from '../../support/http-recorder.ts'
import { createPoll } from '../../support/polls.ts'

/** `npm run docs:payloads` writes the recorded requests into the page. Without it, the page must equal them. */
const page = new URL('../../../docs/flowdock.md', import.meta.url)
const blocks = /<!-- payload: (\S+) -->\n[\s\S]*?<!-- end of payload -->/g

test('the payloads in docs/flowdock.md are those that are sent', async () => {
  const payloads = new Map([...(await quickStart()), ...(await integration())])
  const text = readFileSync(page, 'utf8')
  const named = [...text.matchAll(blocks)].map(([, name]) => name)
  expect(named.toSorted()).toEqual([...payloads.keys()].toSorted())
  const current = text.replace(
    blocks,
    (_, name) => `<!-- payload: ${name} -->\n${payloads.get(name)}\n<!-- end of payload -->`,
  )
  if (process.env.UPDATE_DOCS) writeFileSync(page, current)
  else expect(text).toBe(current)
})

/** Runs the commands of the page. */
async function quickStart(): Promise<[string, string][]> {
  const [, commands = ''] =
    /<!-- quick start -->([\s\S]*)<!-- end of quick start -->/.exec(readFileSync(page, 'utf8')) ?? []
  const script = [...commands.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines]) => lines).join('')
  const recorder = await recordHttp(() => url)
  const publicUrl = new URL(recorder.url)
  const clock = new TestClock()
  const { application } = readSandboxConfig({})
  const sandbox = await buildSandbox({ applications: [application], publicUrl, clock: clock.now })
  const url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
  try {
    await promisify(execFile)('sh', ['-ec', script.replaceAll('localhost:3301', publicUrl.host)])
    const names = new Names({ [recorder.url]: 'http://localhost:3301', [publicUrl.host]: 'localhost:3301' })
    const [token, source, opened, closed] = recorder.exchanges as [Exchange, Exchange, Exchange, Exchange]
    names.add('ACCESS_TOKEN', JSON.parse(token.answerBody).access_token)
    names.addSource(source)
    names.add('THREAD_ID', JSON.parse(opened.answerBody).thread_id)
    return [
      ['quick-source', names.show(source)],
      ['quick-message', names.show(opened)],
      ['quick-update', names.answerOf(closed)],
    ]
  } finally {
    await sandbox.app.close()
    await recorder.close()
  }
}

/** Connects, delivers and picks actions: Polldock and the sandbox, over HTTP in both directions. */
async function integration(): Promise<[string, string][]> {
  const toFlowdock = await recordHttp(() => sandboxUrl)
  const toPolldock = await recordHttp(() => appUrl)
  const env = {
    PUBLIC_URL: toPolldock.url,
    FLOWDOCK_API_URL: toFlowdock.url,
    FLOWDOCK_CLIENT_ID: 'CLIENT_ID',
    FLOWDOCK_CLIENT_SECRET: 'CLIENT_SECRET',
  }
  const config = readConfig(env)
  const { publicUrl } = config
  const flowdock = readFlowdockConfig(config, [testSecret])
  if (!flowdock) throw new TypeError('Flowdock is not configured.')
  const clock = new TestClock()
  const applications = [application(flowdock, publicUrl)]
  const sandbox = await buildSandbox({ applications, publicUrl: new URL(toFlowdock.url), clock: clock.now })
  const sandboxUrl = await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
  const testApp = await openTestApp({ env, clock, config: { timing: quickTiming, reading: quickReading } })
  const appUrl = await testApp.listen()
  const jobs = await startJobs(testApp.services, testApp.app.log)
  const paired: PairedApp = { ...testApp, sandbox, env }
  const names = new Names({ [toFlowdock.url]: 'http://localhost:3301', [toPolldock.url]: 'http://localhost:3300' })
  try {
    const pairing = await pairingOf(paired, toFlowdock, names)
    const { poll, payloads } = await deliveryOf(paired, toFlowdock, names)
    const actions = await actionsOf(paired, poll, toPolldock, names)
    const reading = await readingOf(paired, poll, toFlowdock, names)
    const sharing = await sharingOf(paired, poll, toFlowdock, names)
    return [...pairing, ...payloads, ...actions, ...reading, ...sharing]
  } finally {
    await jobs.stop()
    await testApp.close()
    await sandbox.app.close()
    await toFlowdock.close()
    await toPolldock.close()
  }
}

async function pairingOf(paired: PairedApp, recorder: HttpRecorder, names: Names): Promise<[string, string][]> {
  const browser = paired.browser()
  const flow = flowCalled(paired, 'main')
  const toSignIn = await browser.get(`/flowdock/setup?${new URLSearchParams({ flow: flow.id })}`)
  names.add('STATE', new URL(toSignIn.headers.location ?? '').searchParams.get('state') ?? '')
  const location = names.apply(toSignIn.headers.location ?? '').replaceAll(/[?&]/g, '\n  $&')
  await pair(paired, browser, { name: 'Polls', flow: 'main' })
  const [token, user, , found, source] = recorder.exchanges.slice(-5) as [
    Exchange,
    Exchange,
    Exchange,
    Exchange,
    Exchange,
  ]
  names.add('CODE', new URLSearchParams(token.body).get('code') ?? '')
  names.add('ACCESS_TOKEN', JSON.parse(token.answerBody).access_token)
  names.add('REFRESH_TOKEN', JSON.parse(token.answerBody).refresh_token)
  names.addSource(source)
  return [
    ['authorize', fenced(`HTTP/1.1 303 See Other\nlocation: ${location}`)],
    ['token', names.show(token)],
    ['user', names.show(user)],
    ['flow', names.show(found)],
    ['source', names.show(source)],
  ]
}

/** The last message with a title that starts like this, once it is posted. */
async function posted({ exchanges }: HttpRecorder, title: string): Promise<Exchange> {
  const isIt = ({ method, path, body }: Exchange) =>
    method === 'POST' && path === '/messages' && JSON.parse(body).title.startsWith(title)
  await expect.poll(() => exchanges.some(isIt)).toBe(true)
  return exchanges.findLast(isIt) as Exchange
}

async function deliveryOf(paired: PairedApp, recorder: HttpRecorder, names: Names) {
  const { services, database } = paired
  const { id, name } = await database.prisma.person.findFirstOrThrow()
  const maija: PersonName = { id, name }
  const poll = await createPoll(services.ballotBox, maija, { options: ['Pizza', 'Sushi'], optionsOpen: false })
  names.add('POLL_ID', poll.id)
  for (const [index, { id }] of poll.options.entries()) names.add(`OPTION_${index + 1}`, id)
  const submit = (command: Command) => services.ballotBox.submit({ pollId: poll.id, command })
  const created = await posted(recorder, 'asks: ')
  await submit(castVote(poll, maija, 0))
  const voted = await posted(recorder, 'voted for')
  await submit({ by: maija, type: 'comment', body: 'Both are <5 minutes away.' })
  const commented = await posted(recorder, 'commented')
  return {
    poll,
    payloads: [
      ['created', names.show(created)],
      ['voted', names.requestOf(voted)],
      ['commented', names.requestOf(commented)],
    ] as [string, string][],
  }
}

async function actionsOf(
  paired: PairedApp,
  poll: Poll,
  recorder: HttpRecorder,
  names: Names,
): Promise<[string, string][]> {
  const { sandbox, clock } = paired
  const ben = userCalled(paired, 'ben')
  const image = sandbox.world.avatar(ben)
  const agent = { id: String(ben.id), name: ben.name, image, url: sandbox.world.url(`users/${ben.id}`) }
  /** The button with this name, once the thread shows this revision. */
  const button = async (name: string, revision: number) => {
    const find = () =>
      flowCalled(paired, 'main')
        .threads.list()[0]
        ?.actions.find((action) => action.name === name)
    await expect.poll(() => JSON.stringify(find())).toContain(`revision=${revision}"`)
    return find() as ThreadUpdateAction
  }
  const click = async (action: ThreadUpdateAction) => {
    clock.advance(1_000)
    await perform(await signRequest(action, agent, 'CLIENT_SECRET', clock.now()))
    return recorder.exchanges.at(-1) as Exchange
  }
  const unknown = await click(await button('Vote: Pizza', 3))
  const link = /url=(.*)/.exec(unknown.answerHeaders.get('www-authenticate') ?? '')?.[1] ?? ''
  const claim = new URL(link).searchParams.get('claim') ?? ''
  names.addToken('FLOWDOCK_TOKEN', unknown)
  names.add('CLAIM', claim)
  names.add('TOKEN_HASH', String(decodeJwt(claim).jti))
  await through(paired, paired.browser(), new URL(link).pathname + new URL(link).search, { as: 'ben' })
  const clicked = await click(await button('Vote: Sushi', 4))
  names.addToken('FLOWDOCK_TOKEN', clicked)
  const { token, signature } = names.tokenOf(clicked)
  names.add('SHA256_OF_THE_BODY', signature)
  const claims = [decodeProtectedHeader(token), decodeJwt(token)]
  const offered = await button('Withdraw my vote', 5)
  await paired.services.ballotBox.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'close' } })
  const late = await click(offered)
  names.addToken('FLOWDOCK_TOKEN', late)
  names.add('REQUEST_ID', JSON.parse(unknown.answerBody).requestId)
  names.add('REQUEST_ID', JSON.parse(late.answerBody).requestId)
  return [
    ['click', names.show(clicked)],
    ['click-token', names.json(claims.map((part) => JSON.stringify(part, null, 2)).join('\n.\n'))],
    ['click-unknown', names.answerOf(unknown)],
    ['click-claim', names.json(JSON.stringify(decodeJwt(claim), null, 2))],
    ['click-refused', names.answerOf(late)],
  ]
}

/** Ben writes in the thread, and Polldock reads it. */
async function readingOf(
  paired: PairedApp,
  poll: Poll,
  recorder: HttpRecorder,
  names: Names,
): Promise<[string, string][]> {
  const { sandbox, services, database, clock } = paired
  const ben = userCalled(paired, 'ben')
  const { threads, messages } = flowCalled(paired, 'main')
  const grant = { grant_type: 'password', username: ben.email, password: ben.password }
  const client = { client_id: 'CLIENT_ID', client_secret: 'CLIENT_SECRET', scope: 'flow offline_access' }
  const headers = { accept: 'application/json' }
  const body = new URLSearchParams({ ...grant, ...client })
  const granted = await fetch(`${recorder.url}/oauth/token`, { method: 'POST', headers, body })
  const tokens = tokensIn(await granted.json(), clock.now())
  if (!tokens) throw new TypeError('There is no refresh token.')
  names.add('ACCESS_TOKEN', tokens.accessToken)
  const position = String(messages.list().at(-1)?.id)
  const readCredentials = await services.credentials.seal(JSON.stringify(tokens))
  await database.prisma.connection.updateMany({ data: { readCredentials, readPosition: position } })
  const isStream = ({ answerHeaders }: Exchange) => answerHeaders.get('content-type')?.startsWith('text/event-stream')
  await expect.poll(() => recorder.exchanges.some(isStream)).toBe(true)
  const [thread] = threads.list()
  await fetch(`${sandbox.world.publicUrl}flows/acme/main/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event: 'message', content: 'I am allergic to cheese', thread_id: thread?.id }),
  })
  await expect.poll(async () => (await services.polls.comments(poll.id, { limit: 1 }))[0]?.body).toMatch(/cheese/)
  names.add('THREAD_ID', thread?.id ?? '')
  const stream = recorder.exchanges.find(isStream) as Exchange
  await database.prisma.connection.updateMany({ data: { readCredentials: null } })
  return [['stream', names.streamOf(stream, 'cheese')]]
}

async function sharingOf(
  paired: PairedApp,
  poll: Poll,
  recorder: HttpRecorder,
  names: Names,
): Promise<[string, string][]> {
  const { sandbox, services, clock } = paired
  const [source] = sourcesOf(paired)
  if (!source) throw new TypeError('The flow has no source.')
  const closed = await posted(recorder, 'closed the poll')
  await through(paired, paired.browser(), `/flowdock/configure?source=${source.id}`)
  const isRead = ({ path }: Exchange) => path.endsWith(`/sources/${source.id}`)
  const configured = recorder.exchanges.find(isRead) as Exchange
  sandbox.faults.set({ kind: 'status', status: 503, path: '/messages' })
  await services.ballotBox.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'reopen' } })
  const isThere = (find: (exchange: Exchange) => boolean) => {
    // The wait before the next attempt passes.
    clock.advance(1_000)
    return recorder.exchanges.some(find)
  }
  const isError = ({ method }: Exchange) => method === 'PUT'
  await expect.poll(() => isThere(isError)).toBe(true)
  const error = recorder.exchanges.find(isError) as Exchange
  sandbox.world.sources.update(source, { removed: true })
  sandbox.faults.clear()
  const isGone = ({ status }: Exchange) => status === 410
  await expect.poll(() => isThere(isGone)).toBe(true)
  names.addAccess(configured)
  return [
    ['closed', names.requestOf(closed)],
    ['configure', names.requestOf(configured)],
    ['source-error', names.requestOf(error)],
    ['gone', names.answerOf(recorder.exchanges.find(isGone) as Exchange)],
  ]
}

const shownHeaders = ['authorization', 'content-type', 'accept', 'x-flowdock-wait-for-message', 'flowdock-token']
const shownAnswerHeaders = ['content-type', 'www-authenticate', 'flowdock-user']
const reasons: Record<number, string> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  401: 'Unauthorized',
  409: 'Conflict',
  410: 'Gone',
}

/** Renders exchanges, with a name for each value that differs from run to run. */
class Names {
  readonly #names: [value: string, name: string][]

  constructor(known: Record<string, string>) {
    this.#names = Object.entries(known)
  }

  add(name: string, value: string): void {
    if (value) this.#names.push([value, name])
  }

  /** A source's id is a random number. */
  addSource({ answerBody }: Exchange): void {
    const { id, flow_token: flowToken } = JSON.parse(answerBody)
    this.add('36', String(id))
    this.add('FLOW_TOKEN', flowToken)
  }

  addToken(name: string, exchange: Exchange): void {
    this.add(name, this.tokenOf(exchange).token)
  }

  addAccess({ headers }: Exchange): void {
    this.add('ACCESS_TOKEN', headers.authorization?.replace('Bearer ', '') ?? '')
  }

  /** The token of a click, and the digest of its body. */
  tokenOf({ headers, body }: Exchange): { token: string; signature: string } {
    return { token: String(headers['flowdock-token']), signature: createHash('sha256').update(body).digest('hex') }
  }

  apply(text: string): string {
    const known = this.#names.reduce(
      (shown, [value, name]) =>
        shown.replaceAll(value, name).replaceAll(encodeURIComponent(value), encodeURIComponent(name)),
      text,
    )
    return known.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, 'MESSAGE_UUID')
  }

  show(exchange: Exchange): string {
    return `${this.requestOf(exchange)}\n\n${this.answerOf(exchange)}`
  }

  requestOf({ method, path, headers, body }: Exchange): string {
    const shown = shownHeaders.flatMap((name) => (headers[name] ? [`${name}: ${headers[name]}`] : []))
    return this.#message(`${method} ${path} HTTP/1.1`, shown, body)
  }

  answerOf({ status, answerHeaders, answerBody }: Exchange): string {
    const shown = shownAnswerHeaders.flatMap((name) => {
      const value = answerHeaders.get(name)
      return value && answerBody.length + name.length > 12 ? [`${name}: ${value}`] : []
    })
    return this.#message(`HTTP/1.1 ${status} ${reasons[status] ?? ''}`, shown, answerBody)
  }

  /** The request of a stream, and the event with this text: the thread in it is shown above. */
  streamOf(exchange: Exchange, text: string): string {
    const event = exchange.answerBody.split('\n\n').find((one) => one.includes(text)) ?? ''
    const { id, data } = /^id: (?<id>\d+)\ndata: (?<data>.*)$/.exec(event)?.groups ?? {}
    const { thread, ...message } = JSON.parse(data ?? '{}')
    const shown = { ...message, thread: { id: thread?.id, external_url: thread?.external_url, title: thread?.title } }
    const lines = ['HTTP/1.1 200 OK', 'content-type: text/event-stream; charset=utf-8', '', `id: ${id}`]
    const answer = [...lines, `data: ${JSON.stringify(shown, null, 2)}`].join('\n')
    return `${this.requestOf(exchange)}\n\n${fenced(this.apply(answer))}`
  }

  json(text: string): string {
    return `\`\`\`json\n${this.apply(text)}\n\`\`\``
  }

  #message(first: string, headers: string[], body: string): string {
    const text =
      body.startsWith('{') || body.startsWith('[')
        ? JSON.stringify(JSON.parse(body), null, 2)
        : body.replaceAll('&', '\n&')
    return fenced(this.apply([first, ...headers, ...(text ? ['', text] : [])].join('\n')))
  }
}

function fenced(text: string): string {
  return `\`\`\`http\n${text}\n\`\`\``
}
