import { expect, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import { openMatrixApp } from '../../support/matrix-app.ts'
import { createPerson } from '../../support/polls.ts'

const app = await closedAtEnd(openMatrixApp())
const ann = await app.server.person('Ann')

const row = (id: string) => app.database.prisma.connection.findUniqueOrThrow({ where: { id } })
const membership = async (room: string) => (await ann.state(room, 'm.room.member', app.bot)).membership

test('invited to a room, the bot joins, and says what it is and how the room is connected', async () => {
  const room = await ann.createRoom({ invite: [app.bot] })
  await expect.poll(() => membership(room)).toBe('join')
  await app.settled()
  const [said = '', ...others] = await app.said(ann, room)
  expect(others).toEqual([])
  expect(said).toContain('This is Polldock')
  expect(said).toContain(
    `@ann:chat.test gets a link by which this room is connected, in a direct room with ${app.bot}.`,
  )
  expect(said).not.toContain('encrypted')
  expect(said).toContain('votes from the web show as accounts such as "Maija (via Polldock)"')
})

test('invited to a direct room, the bot says what that is for, and sends links there', async () => {
  const direct = await ann.createRoom({ is_direct: true, preset: 'trusted_private_chat', invite: [app.bot] })
  const said = async () => (await app.said(ann, direct)).at(-1)
  await expect.poll(said).toMatch(/^This is Polldock\. To sign in, send the code here/)
  await ann.createRoom({ invite: [app.bot] })
  await expect.poll(said).toContain('/connections/new/matrix?invitation=')
})

test('in an encrypted room it says that it cannot read what people write', async () => {
  const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }
  const room = await ann.createRoom({ invite: [app.bot], initial_state: [encryption] })
  await expect.poll(() => membership(room)).toBe('join')
  await app.settled()
  expect((await app.said(ann, room)).join()).toContain('This room is encrypted')
})

test('where polls of Matrix are off, it says nothing of them', async () => {
  const { room, connection } = await app.connectedRoom(ann)
  const chatSettings = { nativePolls: false }
  await app.database.prisma.connection.update({ where: { id: connection }, data: { chatSettings } })
  await ann.say(room, '!connect')
  await expect.poll(async () => (await app.said(ann, room)).at(-1)).toContain('This room is connected.')
  expect((await app.said(ann, room)).at(-1)).not.toContain('polls of Matrix')
})

test('an invitation that is withdrawn before it is read is no error', async () => {
  app.server.pushTo('http://127.0.0.1:1')
  const room = await ann.createRoom({ invite: [app.bot] })
  await ann.kick(room, app.bot)
  app.server.pushTo(app.url)
  await app.settled()
  expect(await membership(room)).toBe('leave')
})

test.each(['kick', 'ban'] as const)('after a %s the connection is over, with its reason', async (how) => {
  const { room, connection } = await app.connectedRoom(ann)
  await ann[how](room, app.bot)
  await expect.poll(async () => (await row(connection)).status).toBe('retired')
  expect(await row(connection)).toMatchObject({ statusReason: 'The bot was removed from the room.', credentials: null })
})

test('a removal that comes after the next invitation does not end the new connection', async () => {
  const { room, connection } = await app.connectedRoom(ann)
  app.server.pushTo('http://127.0.0.1:1')
  await ann.kick(room, app.bot)
  await ann.invite(room, app.bot)
  await app.server.appService().join(room)
  app.server.pushTo(app.url)
  await app.settled()
  expect(await row(connection)).toMatchObject({ status: 'active' })
})

test('muted, the connection is paused, and it continues when the bot may write again', async () => {
  const { room, connection } = await app.connectedRoom(ann)
  const levels = await ann.state(room, 'm.room.power_levels')
  await ann.setState(room, 'm.room.power_levels', { ...levels, events_default: 50 })
  await expect.poll(async () => (await row(connection)).status).toBe('paused')
  expect((await row(connection)).statusReason).toMatch(/^The bot may not post in the room\./)
  await ann.setState(room, 'm.room.power_levels', { ...levels, events_default: 0 })
  await expect.poll(async () => (await row(connection)).status).toBe('active')
  expect((await row(connection)).statusReason).toBeNull()
})

test('a connection that a person paused stays paused', async () => {
  const { room, connection } = await app.connectedRoom(ann)
  await app.services.connections.pause(connection)
  const levels = await ann.state(room, 'm.room.power_levels')
  await ann.setState(room, 'm.room.power_levels', { ...levels, events_default: 0 })
  await app.settled()
  expect(await row(connection)).toMatchObject({ status: 'paused', statusReason: null })
})

test('a private room that is replaced pauses its connection until the bot is invited to the new one', async () => {
  const { room, connection } = await app.connectedRoom(ann)
  const replacement = await ann.createRoom({ preset: 'private_chat' })
  await ann.setState(room, 'm.room.tombstone', { body: 'Moved', replacement_room: replacement })
  await expect.poll(async () => (await row(connection)).status).toBe('paused')
  expect((await row(connection)).statusReason).toMatch(/^The room was replaced/)
})

test('a room that is replaced by one that is connected pauses its connection', async () => {
  const [old, other] = [await app.connectedRoom(ann), await app.connectedRoom(ann)]
  await ann.setState(old.room, 'm.room.tombstone', { body: 'Moved', replacement_room: other.room })
  await expect.poll(async () => (await row(old.connection)).status).toBe('paused')
  expect(await row(old.connection)).toMatchObject({ externalId: old.room })
  expect(await row(other.connection)).toMatchObject({ status: 'active' })
})

test('the bot follows to a public room with the settings, and open polls are posted there as they stand', async () => {
  const { room, connection } = await app.connectedRoom(ann)
  const chatSettings = { createPolls: false }
  await app.database.prisma.connection.update({ where: { id: connection }, data: { chatSettings } })
  const { poll } = await app.postedPoll(room, await createPerson(app.database), { title: 'Which colour?' })
  const replacement = await ann.createRoom({
    preset: 'public_chat',
    creation_content: { predecessor: { room_id: room } },
  })
  await ann.setState(room, 'm.room.tombstone', { body: 'Moved', replacement_room: replacement })
  await expect.poll(async () => (await row(connection)).externalId).toBe(replacement)
  await expect.poll(async () => (await app.said(ann, replacement)).join()).toContain('Which colour?')
  const where = { pollId: poll.id, connectionId: connection }
  await expect.poll(async () => (await app.database.prisma.mirror.findFirst({ where }))?.threadId).toMatch(/^\$/)
  expect(await row(connection)).toMatchObject({ status: 'active', address: { room: replacement }, chatSettings })
})

test('the bot does not follow to a room of other people, which does not say that it replaces the old one', async () => {
  const { room, connection } = await app.connectedRoom(ann)
  const bob = await app.server.person('Bob')
  const theirs = await bob.createRoom({ preset: 'public_chat' })
  await ann.setState(room, 'm.room.tombstone', { body: 'Moved', replacement_room: theirs })
  await expect.poll(async () => (await row(connection)).status).toBe('paused')
  expect(await row(connection)).toMatchObject({ externalId: room })
  expect((await bob.state(theirs, 'm.room.member', app.bot)).membership).toBe('leave')
})
