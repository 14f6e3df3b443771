import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import { castVote } from '../../support/cast-vote.ts'
import { day, hour } from '../../support/clock.ts'
import { page, textOf, textsOf } from '../../support/pages.ts'
import { type Asked, createPerson, createPoll } from '../../support/polls.ts'
import { type ConnectedWebhook, openWebhookApp, secretOn, type WebhookApp } from '../../support/webhook-app.ts'
import { signedWith, verified } from '../../support/webhook-receiver.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const app = await closedAtEnd(openWebhookApp())
const guarded = await closedAtEnd(openWebhookApp({ WEBHOOKS: 'public' }))
const ann = await createPerson(app.database)
const box = app.services.ballotBox

afterEach(async () => {
  await app.database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
})

const row = ({ id }: ConnectedWebhook, { database } = app as WebhookApp) =>
  database.prisma.connection.findUniqueOrThrow({ where: { id } })
const newPoll = (asked?: Asked) => createPoll(box, ann, asked)
const comment = (pollId: string, body: string) => box.submit({ pollId, command: { by: ann, type: 'comment', body } })
const untilReceived = (hook: ConnectedWebhook, count: number) => expect.poll(() => hook.received().length).toBe(count)

describe('a message', () => {
  test('has an id, a time and a signature that two libraries verify, in the form of the specification', async () => {
    const { hook } = await app.connect()
    await newPoll()
    await untilReceived(hook, 1)
    const [message] = hook.received()
    expect(message?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Polldock',
      'webhook-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    })
    expect(app.receiver.refused).toEqual([])
    const wrong = `${message?.body} `
    expect(() => verified(hook.secret, wrong, message?.headers ?? {})).toThrow('No matching signature found')
  })

  test('holds the events in words and as data, and the poll as the API shows it to everybody', async () => {
    const { hook, owner } = await app.connect()
    const poll = await newPoll({ category: 'Food' })
    await untilReceived(hook, 1)
    await box.submit({ pollId: poll.id, command: castVote(poll, ann, 1) })
    await untilReceived(hook, 2)
    const [, { payload } = {}] = hook.received()
    const path = `/api/polls/${poll.id}`
    const { myChoices, hasVoted, ...shown } = (await app.browser().get(path)).json()
    const { events } = (await owner.get(`${path}/events`)).json()
    expect(payload).toEqual({
      type: 'poll.voted',
      timestamp: events[1].at,
      data: {
        poll: shown,
        events: [{ text: 'Person 1 (guest) voted for Sushi', ...events[1] }],
        movedAway: false,
      },
    })
    const guide = readFileSync(join(root, 'docs/first-integration.md'), 'utf8')
    const example = /<!-- payload example -->[\s\S]*?```json\n([\s\S]*?)\n```/.exec(guide)?.[1] ?? ''
    expect(namesIn(JSON.parse(example))).toEqual(namesIn(payload))
    expect(shown.options.map(({ votes }: { votes: number }) => votes)).toEqual([0, 1, 0])
  })

  test('keeps its id when it is sent again, and the events stay in order', async () => {
    const { hook } = await app.connect()
    const poll = await newPoll()
    await untilReceived(hook, 1)
    app.receiver.answer = (response) => response.writeHead(500).end()
    await comment(poll.id, 'Hungry')
    await expect.poll(() => hook.received().length).toBeGreaterThan(3)
    await comment(poll.id, 'Still hungry')
    app.receiver.answer = (response) => response.writeHead(204).end()
    await expect.poll(() => hook.received().at(-1)?.payload.data.events[0]?.facts.body).toBe('Still hungry')
    const ids = hook.received().map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size).toBe(3)
    expect(ids).toEqual(ids.toSorted((one, other) => ids.indexOf(one) - ids.indexOf(other)))
  })

  test('goes to the whole address, with its query', async () => {
    const { hook } = await app.connect({ 'field.address': `${app.receiver.url}/hooks/a%20b?key=1&key=2` })
    const path = '/hooks/a%20b?key=1&key=2'
    app.receiver.secrets.set(path, hook.secret)
    await newPoll()
    await expect.poll(() => app.receiver.at(path).length).toBe(1)
  })
})

describe('an answer', () => {
  test('that redirects is a failure, and nothing is sent to the other address', async () => {
    const { hook, owner } = await app.connect()
    app.receiver.answer = (response) => response.writeHead(308, { location: '/elsewhere' }).end()
    await newPoll()
    const reason = 'The receiver answered 308: a redirect, which is not followed.'
    await expect.poll(async () => (await row(hook)).lastError).toBe(reason)
    app.receiver.answer = (response) => response.writeHead(204).end()
    await expect.poll(async () => (await row(hook)).failingSince).toBe(null)
    expect(
      [...app.receiver.received, ...app.receiver.refused].filter((one) => JSON.stringify(one).includes('elsewhere')),
    ).toEqual([])
    await owner.get('/connections')
    expect(textOf(owner, '.facts')).toContain(reason)
  })

  test('that refuses a signature loses nothing: the receiver may get the secret later', async () => {
    const { hook } = await app.connect()
    const path = [...app.receiver.secrets.keys()].at(-1) ?? ''
    app.receiver.secrets.delete(path)
    await newPoll()
    await expect.poll(async () => (await row(hook)).lastError).toBe('The receiver answered 401.')
    app.receiver.secrets.set(path, hook.secret)
    await untilReceived(hook, 1)
    app.receiver.refused.length = 0
  })

  test('of 410 ends the connection, which can be connected again', async () => {
    const { hook, owner } = await app.connect()
    app.receiver.answer = (response) => response.writeHead(410).end()
    await newPoll()
    await expect.poll(async () => (await row(hook)).status).toBe('retired')
    app.receiver.answer = (response) => response.writeHead(204).end()
    expect(await row(hook)).toMatchObject({ credentials: null })
    await owner.get('/connections')
    expect(textOf(owner, '.connection .badge')).toBe('Ended by the receiver')
    expect(textsOf(owner, '.connection .error')).toEqual(['The receiver wants no more messages: it answered 410.'])
    const again = page(owner).querySelector('.connection .primary')
    expect([again?.text, again?.getAttribute('href')]).toEqual(['Connect again', '/connections/new/webhook'])
    expect((await owner.get(`/connections/${hook.id}/secret`)).statusCode).toBe(404)
  })
})

describe('a new secret', () => {
  const replace = async (owner: Awaited<ReturnType<WebhookApp['connect']>>['owner'], id: string) => {
    await owner.get(`/connections/${id}/secret`)
    const shown = page(owner).querySelector('input[name=shown]')?.getAttribute('value') ?? ''
    await owner.post(`/connections/${id}/secret`, { shown })
    return { shown, page: await owner.follow() }
  }

  test('signs every message together with the former one for a day, then alone', async () => {
    const { hook, owner } = await app.connect()
    const poll = await newPoll()
    await untilReceived(hook, 1)
    await replace(owner, hook.id)
    const secret = secretOn(owner)
    expect(secret).not.toBe(hook.secret)
    expect(textOf(owner, '.done')).toBe('This is the new secret. Give it to the receiver now.')
    await comment(poll.id, 'Hungry')
    await untilReceived(hook, 2)
    const [, during] = hook.received()
    expect(String(during?.headers['webhook-signature']).split(' ')).toHaveLength(2)
    for (const one of [secret, hook.secret]) verified(one, during?.body ?? '', during?.headers ?? {})
    await owner.get(`/connections/${hook.id}/secret`)
    expect(textOf(owner, 'main')).toContain('Messages are also signed with the former secret.')
    expect(textOf(owner, 'main')).toContain('The former secret ends tomorrow')
    app.clock.advance(day + hour)
    onTestFinished(() => void app.clock.advance(-day - hour))
    await owner.get(`/connections/${hook.id}/secret`)
    expect(textOf(owner, 'main')).not.toContain('former secret')
    app.receiver.refused.length = 0
    await comment(poll.id, 'Still hungry')
    // The libraries do not accept a message of another day, so this one is compared with what they would sign.
    await expect.poll(() => app.receiver.refused.length).toBeGreaterThan(0)
    const [after] = app.receiver.refused
    expect(after?.headers['webhook-signature']).toBe(after && signedWith(secret, after))
  })

  test('is made once by a form that is sent twice, also at the same time', async () => {
    const { hook, owner } = await app.connect()
    await owner.get(`/connections/${hook.id}/secret`)
    const shown = page(owner).querySelector('input[name=shown]')?.getAttribute('value') ?? ''
    const path = `/connections/${hook.id}/secret`
    await Promise.all([owner.post(path, { shown }), owner.post(path, { shown })])
    await owner.follow()
    const secret = secretOn(owner)
    await owner.post(path, { shown })
    await owner.follow()
    expect(secretOn(owner)).toBe(secret)
    expect(textOf(owner, '.done')).toContain('so nothing was changed')
    const poll = await newPoll()
    await untilReceived(hook, 1)
    expect(poll.id).toBe(hook.received()[0]?.payload.data.poll.id)
  })
})

test('a name that leads to a private address is refused when a message is sent, and the page says so', async () => {
  const { hook, owner } = await guarded.connect({ 'field.address': 'https://localhost:9/hooks' })
  const olga = await createPerson(guarded.database)
  await createPoll(guarded.services.ballotBox, olga)
  const reason = 'The receiver is at a private address, which is not allowed here.'
  await expect.poll(async () => (await row(hook, guarded)).lastError).toBe(reason)
  await owner.get('/connections')
  expect(textOf(owner, '.connection')).toContain(reason)
})

test('the receiver of the guide prints what it gets, and refuses what is not signed', async () => {
  const guide = readFileSync(join(root, 'docs/first-integration.md'), 'utf8')
  const code = /<!-- receiver -->\n```js\n([\s\S]*?)\n```/.exec(guide)?.[1] ?? ''
  expect(code).toContain('server.listen(4000')
  const file = join(root, `node_modules/.cache/receiver-${process.pid}.mjs`)
  const port = await freePort()
  await writeFile(file, code.replace('4000', String(port)))
  const { hook } = await app.connect({ 'field.address': `http://127.0.0.1:${port}/` })
  const receiver = spawn(process.execPath, [file, hook.secret], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    receiver.kill()
    await rm(file)
  })
  let printed = ''
  receiver.stdout.on('data', (text: Buffer) => {
    printed += text
  })
  await expect.poll(() => printed).toContain('The receiver is ready.')
  await newPoll({ title: 'Where to eat?' })
  await expect.poll(() => printed).toContain('Person 1 (guest) created the poll: Where to eat?')
  expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })).status).toBe(401)
})

/** The names of all values in JSON, without the values. */
function namesIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(namesIn)
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).map(([name, one]) => [name, namesIn(one)])
}

/** A port that nobody uses. */
async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}
