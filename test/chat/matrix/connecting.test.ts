import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readMatrixConfig } from '../../../src/chat/matrix/config.ts'
import { signInvitation } from '../../../src/chat/matrix/connecting/invitation.ts'
import { MatrixChat } from '../../../src/chat/matrix/matrix-chat.ts'
import { testSecret } from '../../support/app.ts'
import { at } from '../../support/entries.ts'
import { type MatrixStandIn, startMatrix } from '../../support/matrix.ts'
import type { MatrixPerson, MatrixTestEvent } from '../../support/matrix-person.ts'
import { matrixEnvironment } from '../../support/matrix-rooms.ts'
import { noBallots } from '../../support/no-ballots.ts'

const secrets = [testSecret] as const
const publicUrl = new URL('https://polls.example.org')

let matrix: MatrixStandIn
let ann: MatrixPerson
let bob: MatrixPerson
let bot: MatrixPerson
let room: string
let chat: MatrixChat
let now: Date

beforeEach(async () => {
  matrix = await startMatrix()
  onTestFinished(() => matrix.close())
  ann = await matrix.person('Ann')
  bob = await matrix.person('Bob')
  bot = matrix.appService()
  room = await roomOf({ name: 'Lunch room' })
  now = at
  chat = open()
})

function open(): MatrixChat {
  const config = readMatrixConfig(matrixEnvironment(matrix))
  if (!config) throw new TypeError('There is no homeserver.')
  const opened = new MatrixChat({ matrix: config, publicUrl, clock: () => now, secrets, reads: noBallots })
  onTestFinished(() => opened.close())
  return opened
}

/** A room of Ann with Bob and the bot. */
async function roomOf(body: Record<string, unknown>): Promise<string> {
  const id = await ann.createRoom({ preset: 'private_chat', invite: [bot.userId, bob.userId], ...body })
  await bot.join(id)
  await bob.join(id)
  return id
}

const check = async (account: string, where = room) =>
  chat.connecting.check({ invitation: await signInvitation(secrets, { room: where, account }, at) })

async function connect(account: string, where = room) {
  const checked = await check(account, where)
  return 'connect' in checked ? checked.connect() : checked
}

const problem = (text: string | RegExp) => ({ problems: { '': [expect.stringMatching(text)] } })

describe('a room is connected', () => {
  test('by the person of the invitation, who may change its settings', async () => {
    expect(await check(ann.userId)).toMatchObject({ roomName: 'Lunch room' })
    expect(await connect(ann.userId)).toEqual({
      room: {
        name: 'Polldock',
        roomName: 'Lunch room',
        roomUrl: `https://matrix.to/#/${encodeURIComponent(room)}?via=chat.test`,
        externalId: room,
        address: { room },
        credentials: room,
      },
    })
  })

  test.each(['11', '12'])('in version %s, by whom its power levels name', async (version) => {
    const other = await roomOf({ room_version: version })
    await expect(connect(bob.userId, other)).resolves.toEqual(problem('@bob:chat.test may not'))
    const levels = await ann.state(other, 'm.room.power_levels')
    const users = { ...(levels.users as object), [bob.userId]: 50 }
    await ann.setState(other, 'm.room.power_levels', { ...levels, users })
    expect(await connect(bob.userId, other)).toHaveProperty('room')
  })

  test('under its address or its id, if it has no name', async () => {
    const other = await roomOf({})
    expect(await check(ann.userId, other)).toMatchObject({ roomName: other })
    await ann.setState(other, 'm.room.canonical_alias', { alias: '#lunch:chat.test' })
    expect(await check(ann.userId, other)).toMatchObject({ roomName: '#lunch:chat.test' })
  })
})

describe('a room is not connected', () => {
  test('without an invitation: the page says how to get one', async () => {
    expect(await chat.connecting.check({})).toEqual(problem('^Invite @polldock:chat.test to the room.'))
  })

  test('by an invitation that is an hour old, or was signed by somebody else', async () => {
    now = new Date(at.getTime() + 3_599_000)
    expect(await check(ann.userId)).toHaveProperty('roomName')
    now = new Date(at.getTime() + 3_600_000)
    expect(await check(ann.userId)).toEqual(problem('This link is too old.'))
    now = at
    const forged = await signInvitation(['x'.repeat(40)], { room, account: ann.userId }, at)
    expect(await chat.connecting.check({ invitation: forged })).toEqual(problem('This link is too old.'))
  })

  test('by somebody without the power to send state, also if they lose it before they confirm', async () => {
    expect(await connect(bob.userId)).toEqual(problem('@bob:chat.test may not change the settings of the room.'))
    const levels = await ann.state(room, 'm.room.power_levels')
    await ann.setState(room, 'm.room.power_levels', { ...levels, users: { [bob.userId]: 50 } })
    const checked = await check(bob.userId)
    await ann.setState(room, 'm.room.power_levels', { ...levels, users: {} })
    expect('connect' in checked && (await checked.connect())).toEqual(problem('may not change the settings'))
  })

  test('by somebody who has left', async () => {
    await ann.leave(room)
    expect(await connect(ann.userId)).toEqual(problem('@ann:chat.test is not in the room any more.'))
  })

  test('if the bot was removed, or the room was replaced', async () => {
    await ann.setState(room, 'm.room.tombstone', { body: 'Moved', replacement_room: '!new:chat.test' })
    expect(await connect(ann.userId)).toEqual(problem('The room was replaced by a new one.'))
    await ann.kick(room, bot.userId)
    expect(await connect(ann.userId)).toEqual(problem('@polldock:chat.test is not in the room.'))
  })

  test('while the homeserver does not answer', async () => {
    matrix.faults.set({ kind: 'status', status: 503 })
    expect(await check(ann.userId)).toEqual(problem('The homeserver answered 503.* Nothing was changed.'))
  })
})

describe('a link', () => {
  const offer = (account = ann.userId, because = '$asked') => chat.offers.offer({ room, account, because })
  const linksIn = async (person: MatrixPerson, where: string) =>
    (await person.messages(where)).flatMap(
      ({ content }: MatrixTestEvent) => /invitation=([\w.-]+)/.exec(String(content.body)) ?? [],
    )
  const directRooms = () => [...matrix.homeserver.rooms.values()].filter(({ id }) => id !== room)

  test('is sent to a direct room with the person who asked, and not to the room', async () => {
    const said = await offer()
    expect(said.text).toBe(
      '@ann:chat.test gets a link by which this room is connected, in a direct room with @polldock:chat.test.',
    )
    const [direct, ...others] = directRooms()
    expect(others).toEqual([])
    await ann.join(direct?.id ?? '')
    const [, invitation = ''] = await linksIn(ann, direct?.id ?? '')
    expect(await chat.connecting.check({ invitation })).toMatchObject({ roomName: 'Lunch room' })
    expect(await linksIn(ann, room)).toEqual([])
  })

  test('is not sent to somebody who may not connect the room', async () => {
    expect((await offer(bob.userId)).text).toContain('Somebody who may change the settings of the room can connect it')
    expect(directRooms()).toEqual([])
  })

  test('is sent once for one event, and to the same direct room later', async () => {
    await offer()
    await offer()
    await offer(ann.userId, '$later')
    const [direct, ...others] = directRooms()
    expect(others).toEqual([])
    await ann.join(direct?.id ?? '')
    expect((await ann.messages(direct?.id ?? '')).filter(({ type }) => type === 'm.room.message')).toHaveLength(2)
  })

  test('is not sent to a direct room into which others were brought, or that the person has left', async () => {
    await offer()
    const [first] = directRooms()
    await ann.join(first?.id ?? '')
    await ann.invite(first?.id ?? '', bob.userId)
    await bob.join(first?.id ?? '')
    await offer(ann.userId, '$second')
    expect(directRooms()).toHaveLength(2)
    const second = directRooms()[1]
    await ann.join(second?.id ?? '')
    await ann.leave(second?.id ?? '')
    await offer(ann.userId, '$third')
    expect(directRooms()).toHaveLength(3)
  })

  test('is sent to the direct room that the person has made, unless they removed the bot', async () => {
    const own = await ann.createRoom({ preset: 'private_chat', invite: [bot.userId] })
    await bot.join(own)
    chat.offers.useDirectRoom(ann.userId, own)
    await offer()
    expect(await linksIn(ann, own)).not.toEqual([])
    await ann.kick(own, bot.userId)
    await offer(ann.userId, '$later')
    expect(directRooms()).toHaveLength(2)
  })
})

describe('a room that is disconnected', () => {
  const ending = { id: 'connection', isLast: true }

  test('reads a word of goodbye, and the bot leaves', async () => {
    await chat.leave(room, ending, new AbortController().signal)
    const last = (await ann.messages(room)).slice(-2)
    expect(last.map(({ content }) => content.body ?? content.membership)).toEqual([
      'This room is disconnected from Polldock. Goodbye.',
      'leave',
    ])
  })

  test('is left without a word where the bot may not write', async () => {
    const levels = await ann.state(room, 'm.room.power_levels')
    await ann.setState(room, 'm.room.power_levels', { ...levels, events_default: 50 })
    await chat.leave(room, ending, new AbortController().signal)
    expect(await ann.state(room, 'm.room.member', bot.userId)).toMatchObject({ membership: 'leave' })
  })

  test('that cannot be reached is no failure', async () => {
    matrix.faults.set({ kind: 'reset' })
    await expect(chat.leave(room, ending, new AbortController().signal)).resolves.toBeUndefined()
  })
})
