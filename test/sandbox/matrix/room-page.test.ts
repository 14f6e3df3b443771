import { parse } from 'node-html-parser'
import { beforeEach, expect, test } from 'vitest'
import type { Matrix } from '../../../src/sandbox/matrix/matrix.ts'
import { Browser } from '../../support/browser.ts'
import { openStream } from '../../support/event-stream.ts'
import { appServiceAt, testRegistration } from '../../support/matrix.ts'
import type { MatrixPerson } from '../../support/matrix-person.ts'
import { type Box, openSandbox } from '../box.ts'

const serverName = 'acme.example'
const registration = testRegistration()

let box: Box
let matrix: Matrix
let browser: Browser
let bot: MatrixPerson
let room: string
let path: string

beforeEach(async () => {
  box = await openSandbox({ matrix: { registration, serverName } })
  if (!box.matrix) throw new Error('The sandbox has no Matrix rooms.')
  matrix = box.matrix
  browser = new Browser(box.app)
  bot = appServiceAt(box.url, registration, serverName)()
  room = [...matrix.homeserver.rooms.keys()][0] ?? ''
  path = `/app/matrix/rooms/${encodeURIComponent(room)}`
  await bot.do('POST', 'v3/register', {
    type: 'm.login.application_service',
    username: 'polldock',
    inhibit_login: true,
  })
})

const page = async () => parse((await browser.get(path)).body)
const texts = async (selector: string) =>
  (await page()).querySelectorAll(selector).map(({ text }) => text.replace(/\s+/g, ' ').trim())
const press = async (action: string, fields: Record<string, string | string[]> = {}) => {
  await browser.get(path)
  return browser.post(`${path}/${action}`, fields)
}
const be = async (name: string) => {
  const user = box.world.users.find(({ nick }) => nick === name)
  await browser.get(path)
  const { headers } = await browser.post('/app/person', { user: String(user?.id), back: path })
  expect(headers.location).toBe(path)
}
const join = async () => {
  await press('invite')
  await bot.join(room)
}

test('the rooms are listed with the flows, and have a first page', async () => {
  expect((await browser.get('/app/matrix')).headers.location).toBe(path)
  expect(await texts('#flows li, #rooms li')).toEqual(['M Main', 'L Lunch Club', 'T Team Room', '+ New room'])
  expect(await texts('#members li')).toHaveLength(4)
})

test('without a homeserver there are none', async () => {
  const other = new Browser((await openSandbox()).app)
  expect((await other.get('/app/acme/main')).body).not.toContain('Matrix')
  expect((await other.get(path)).statusCode).toBe(404)
})

test('an invitation is listed with the name of the other, on open pages at once, and accepted', async () => {
  const stream = await openStream(`${box.url}/app/acme/main/stream`)
  const direct = await bot.createRoom({
    ...{ is_direct: true, preset: 'trusted_private_chat', invite: ['@maija:acme.example'] },
  })
  expect(await stream.next()).toMatchObject({ event: 'changed' })
  expect(await texts('#rooms li')).toEqual(['T Team Room', 'p polldock invited', '+ New room'])
  path = `/app/matrix/rooms/${encodeURIComponent(direct)}`
  expect(await texts('.panel p')).toEqual(['polldock invites you to this room.'])
  await press('accept')
  expect(await texts('#rooms li')).toEqual(['T Team Room', 'p polldock', '+ New room'])
  expect(await texts('.entry .said')).toContain('Maija Virtanen joined')
})

test('an invitation is declined', async () => {
  const other = await bot.createRoom({ name: 'Spam', invite: ['@maija:acme.example'] })
  path = `/app/matrix/rooms/${encodeURIComponent(other)}`
  expect((await press('say', { content: 'Hello' })).statusCode).toBe(403)
  expect((await press('decline')).headers.location).toBe('/')
  expect(matrix.homeserver.rooms.get(other)?.membership('@maija:acme.example')).toBe('leave')
  expect((await browser.get(path)).statusCode).toBe(403)
})

test('a person starts one direct chat with the application', async () => {
  await browser.get('/app/matrix/direct')
  await browser.follow()
  const made = await browser.post('/app/matrix/direct')
  expect((await browser.post('/app/matrix/direct')).headers.location).toBe(made.headers.location)
  expect((await browser.get('/app/matrix/direct')).headers.location).toBe(made.headers.location)
  await browser.get(String(made.headers.location))
  expect(await texts('#rooms li')).toEqual(['T Team Room', 'p polldock', '+ New room'])
})

test('a person makes a room, and the others are invited', async () => {
  await browser.get('/app/matrix/new')
  expect((await browser.post('/app/matrix/new', { name: ' ' })).statusCode).toBe(422)
  await browser.post('/app/matrix/new', { name: 'Food' })
  expect(await texts('#rooms li')).toContain('F Food')
  await be('Ben')
  expect(await texts('#rooms li')).toContain('F Food invited')
})

test('the application is invited, made a moderator, and removed', async () => {
  await join()
  expect(await texts('.entry .said')).toContain('Maija Virtanen invited polldock')
  expect(await texts('#bot button')).toEqual(['Make the bot a moderator', 'Remove @polldock:acme.example'])
  await press('promote')
  expect(await texts('#bot button')).toEqual(['Remove @polldock:acme.example'])
  expect(await bot.state(room, 'm.room.power_levels')).toMatchObject({ users: { [bot.userId]: 50 } })
  await press('remove')
  expect(matrix.homeserver.rooms.get(room)?.membership(bot.userId)).toBe('leave')
  expect(await texts('#bot button')).toEqual(['Invite @polldock:acme.example'])
})

test('a message is shown as its newest edit, without scripts', async () => {
  await join()
  const html = (text: string) => ({
    format: 'org.matrix.custom.html',
    formatted_body: `<b>${text}</b><script>1</script>`,
  })
  const id = await bot.say(room, 'old', html('old'))
  await bot.send(room, 'm.room.message', {
    ...{ msgtype: 'm.text', body: '* new', 'm.new_content': { msgtype: 'm.text', body: 'new', ...html('new') } },
    'm.relates_to': { rel_type: 'm.replace', event_id: id },
  })
  expect((await page()).querySelector('.posted')?.innerHTML).toBe('<b>new</b>')
  expect(await texts('.edited')).toEqual(['edited'])
})

test('a redacted message is gone', async () => {
  await join()
  await bot.redact(room, await bot.say(room, 'secret'))
  expect((await texts('.said')).at(-1)).toBe('polldock joined')
})

test('people write, also in a thread', async () => {
  await press('say', { content: 'Hello' })
  const hello = matrix.homeserver.rooms.get(room)?.timeline.at(-1)
  await be('Ben')
  await press('say', { content: 'Hello Maija', thread: hello?.id ?? '' })
  expect(await texts('.replies .said')).toEqual(['Hello Maija'])
  expect(await texts('.replies .byline strong')).toEqual(['Ben Okafor'])
})

test('people vote in a native poll, and change their vote', async () => {
  await join()
  const poll = await bot.startPoll(room, 'Lunch?', ['Pizza', 'Soup'])
  await press('vote', { event: poll, answer: 'Pizza' })
  await be('Ben')
  await press('vote', { event: poll, answer: 'Pizza' })
  expect(await texts('.room-poll label')).toEqual(['Pizza 2 votes', 'Soup 0 votes'])
  await press('vote', { event: poll, answer: 'Soup' })
  expect(await texts('.room-poll label')).toEqual(['Pizza 1 vote', 'Soup 1 vote'])
  await bot.endPoll(room, poll)
  expect(await texts('.room-poll p')).toEqual(['The poll has ended.'])
})

test('a reaction is counted, and taken back by pressing it again', async () => {
  await join()
  const event = await bot.say(room, 'Hello')
  await press('react', { event, key: '👍' })
  await bot.react(room, event, '👍')
  expect(await texts('.reactions [aria-pressed]')).toEqual(['👍 2'])
  await press('react', { event, key: '👍' })
  expect(await texts('.reactions [aria-pressed]')).toEqual(['👍 1'])
})

test('a refusal of the room is shown', async () => {
  const answer = await press('react', { event: '$unknown', key: '👍' })
  expect(answer.statusCode).toBe(400)
  expect(parse(answer.body).querySelector('#main p')?.text).toContain('unknown event')
})

test('open pages are notified', async () => {
  const stream = await openStream(`${box.url}${path}/stream`)
  await press('say', { content: 'Hello' })
  expect(await stream.next()).toMatchObject({ event: 'changed' })
})

test('a fault of the sandbox strikes the homeserver, with its own form of errors', async () => {
  await join()
  box.faults.set({ kind: 'status', status: 429, retryAfter: 3, path: `/_matrix/client/v3/rooms/${room}` })
  const answer = await bot.call('GET', `v3/rooms/${encodeURIComponent(room)}/messages?dir=b`)
  expect(answer).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 3_000 } })
  expect((await bot.call('GET', 'v3/account/whoami')).status).toBe(200)
})
