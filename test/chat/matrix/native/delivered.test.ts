import { expect, test } from 'vitest'
import { nativePollIn } from '../../../../src/chat/matrix/native/native-poll.ts'
import { closedAtEnd } from '../../../support/at-end.ts'
import { castVote } from '../../../support/cast-vote.ts'
import { openMatrixApp } from '../../../support/matrix-app.ts'
import { freshlyShown } from '../../../support/matrix-judge.ts'
import { roomPath } from '../../../support/matrix-person.ts'
import { createPeople, createPoll } from '../../../support/polls.ts'

const app = await closedAtEnd(openMatrixApp())
const { services, database } = app
const ann = await app.server.person('Ann')
const { room } = await app.connectedRoom(ann)
await ann.setState(room, 'm.room.power_levels', {
  ...(await ann.state(room, 'm.room.power_levels')),
  users: { [app.bot]: 50 },
})
const people = await createPeople(database, 3)
const [creator] = people as [(typeof people)[number]]
const shown = async () => (await freshlyShown(ann, room)).polls.at(-1)

test('votes on the web, and what becomes of the poll, are in the native poll of the room', async () => {
  const { poll } = await app.postedPoll(room, creator)
  const submit = (command: Parameters<typeof services.ballotBox.submit>[0]['command']) =>
    services.ballotBox.submit({ pollId: poll.id, command })
  await Promise.all(people.map((person, index) => submit(castVote(poll, person, index === 2 ? 1 : 0))))
  await expect.poll(shown).toMatchObject({ isEnded: false, counts: { Pizza: 2, Sushi: 1, Falafel: 0 } })
  await submit({ type: 'withdrawVote', by: creator })
  await submit({ type: 'addOption', by: creator, option: { id: 'soupsoupsoup', title: 'Soup' } })
  await expect.poll(shown).toMatchObject({ counts: { Pizza: 1, Sushi: 1, Falafel: 0, Soup: 0 } })
  await submit({ type: 'close', by: creator })
  await expect.poll(shown).toMatchObject({ isEnded: true, counts: { Pizza: 1, Sushi: 1 } })
})

test('also where the connection posts none of these events', async () => {
  const { room: quiet, connection } = await app.connectedRoom(ann)
  await ann.setState(quiet, 'm.room.power_levels', {
    ...(await ann.state(quiet, 'm.room.power_levels')),
    users: { [app.bot]: 50 },
  })
  const { poll } = await app.postedPoll(quiet, creator)
  await services.connections.change(connection, { categories: [], eventKinds: ['comments'] })
  await services.ballotBox.submit({ pollId: poll.id, command: castVote(poll, creator) })
  await expect.poll(async () => (await freshlyShown(ann, quiet)).polls).toMatchObject([{ counts: { Pizza: 1 } }])
  await services.ballotBox.submit({ pollId: poll.id, command: { type: 'close', by: creator } })
  await expect.poll(async () => (await freshlyShown(ann, quiet)).polls).toMatchObject([{ isEnded: true }])
  expect(await app.said(ann, quiet)).toHaveLength(4)
})

test('what people write in the thread of the native poll is for the poll, too', async () => {
  const { poll } = await app.postedPoll(room, creator)
  await expect.poll(async () => (await shown())?.counts).toEqual({ Pizza: 0, Sushi: 0, Falafel: 0 })
  const { id = '' } = (await shown()) ?? {}
  await ann.reply(room, id, 'Hungry')
  await ann.reply(room, id, '!vote 2')
  await expect.poll(async () => (await shown())?.counts).toEqual({ Pizza: 0, Sushi: 1, Falafel: 0 })
  await app.settled()
  expect(await services.polls.comments(poll.id, { limit: 9 })).toMatchObject([
    { body: 'Hungry', author: { name: 'Ann' } },
  ])
})

test('a vote in the room and one on the web of the same person become one', async () => {
  const { poll } = await app.postedPoll(room, creator)
  await expect.poll(async () => (await shown())?.counts).toBeDefined()
  await ann.vote(room, (await shown())?.id ?? '', [poll.options[0]?.id ?? ''])
  const [visitor] = await createPeople(database, 1)
  await services.ballotBox.submit({ pollId: poll.id, command: castVote(poll, visitor as (typeof people)[number], 1) })
  await expect.poll(async () => (await shown())?.counts).toEqual({ Pizza: 1, Sushi: 1, Falafel: 0 })
  const account = { chat: 'matrix', accountId: ann.userId, name: 'Ann', email: null, avatarUrl: null }
  await services.merges.merge(visitor, await services.chatAccounts.signIn(account, visitor))
  const counts = async () => {
    const { options } = (await services.polls.view(poll.id)).poll
    return Object.fromEntries(options.map(({ title, votes }) => [title, votes]))
  }
  const one = await counts()
  expect(Object.values(one).toSorted()).toEqual([0, 0, 1])
  await expect.poll(async () => (await shown())?.counts).toEqual(one)
})

/** A room in which the bot is a moderator. */
async function openRoom() {
  const connected = await app.connectedRoom(ann)
  const levels = await ann.state(connected.room, 'm.room.power_levels')
  await ann.setState(connected.room, 'm.room.power_levels', { ...levels, users: { [app.bot]: 50 } })
  return connected
}

test('a connection that ends leaves no native poll behind, and those of another one in its room', async () => {
  const { room: shared, connection: first } = await openRoom()
  const { id: _, ...row } = await database.prisma.connection.findUniqueOrThrow({ where: { id: first } })
  await database.prisma.connection.create({
    data: { ...row, id: 'second', address: { room: shared }, chatSettings: {} },
  })
  const ids = async () => (await freshlyShown(ann, shared)).polls.map(({ id }) => id)
  const { poll } = await app.postedPoll(shared, creator)
  await expect.poll(ids).toHaveLength(2)
  const where = { pollId: poll.id, connectionId: first }
  await expect
    .poll(async () => nativePollIn((await database.prisma.mirror.findFirst({ where }))?.threadData))
    .toBeDefined()
  const kept = nativePollIn((await database.prisma.mirror.findFirst({ where }))?.threadData)
  await services.connections.disconnect('second')
  expect(await ids()).toEqual([kept?.start])
  for (let more = 0; more < 20; more++) await createPoll(services.ballotBox, creator)
  await expect.poll(async () => (await ids()).length, { timeout: 20_000 }).toBe(21)
  await app.settled()
  await services.connections.disconnect(first)
  expect(await ids()).toEqual([])
})

test('after the bot was removed, the accounts that voted for people leave by themselves', async () => {
  const { room: other } = await openRoom()
  const { poll } = await app.postedPoll(other, creator)
  await services.ballotBox.submit({ pollId: poll.id, command: castVote(poll, creator) })
  const members = async () =>
    Object.keys((await ann.do<{ joined: object }>('GET', `${roomPath(other)}/joined_members`)).joined)
  await expect.poll(members).toHaveLength(3)
  await ann.kick(other, app.bot)
  await expect.poll(members).toEqual([ann.userId])
})

test('the account of a person whose data is removed loses their name, also when the homeserver answers later', async () => {
  const { room: other } = await openRoom()
  const { poll } = await app.postedPoll(other, creator)
  const [voter] = (await createPeople(database, 1)) as [(typeof people)[number]]
  await services.ballotBox.submit({ pollId: poll.id, command: castVote(poll, voter) })
  const ghost = app.server.userId(`polldock_${voter.id}`)
  const name = async () => (await ann.state(other, 'm.room.member', ghost).catch(() => undefined))?.displayname
  await expect.poll(name).toBe(`${voter.name} (guest, via Polldock)`)
  app.server.faults.set({ kind: 'status', status: 500 })
  await services.personalData.remove(voter)
  app.server.faults.set()
  expect(await name()).toContain(voter.name)
  await services.personalData.sweep()
  expect(await name()).toBe('somebody (guest, via Polldock)')
  const { removingSince } = await database.prisma.person.findUniqueOrThrow({ where: { id: voter.id } })
  expect(removingSince).toBeNull()
})
