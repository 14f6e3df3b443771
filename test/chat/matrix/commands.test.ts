import { expect, onTestFinished, test } from 'vitest'
import { pollPath } from '../../../src/polls/model/ids.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import { openMatrixRoom } from '../../support/matrix-app.ts'
import { type Asked, createPerson, createPoll } from '../../support/polls.ts'

const app = await closedAtEnd(openMatrixRoom())
const { ann, ben, room } = app

const posted = async (asked?: Asked) => app.postedPoll(room, await createPerson(app.database), asked)
const now = async ({ id }: Poll) => {
  await app.settled()
  return (await app.services.polls.view(id)).poll
}
const votes = async (poll: Poll) => (await now(poll)).options.map((option) => option.votes)
/** What the bot said since. A message about an earlier poll may come late. */
const saidAfter = async (write: () => Promise<unknown>) => {
  const before = (await app.said(ann, room)).length
  await write()
  await app.settled()
  return (await app.said(ann, room)).slice(before)
}

test('!vote in the thread votes, and votes again, as the person with that account', async () => {
  const { poll, root } = await posted()
  await ann.reply(room, root, '!vote 2')
  await ben.reply(room, root, '!VOTE 1')
  expect(await votes(poll)).toEqual([1, 1, 0])
  await ann.reply(room, root, '!vote 1')
  expect(await votes(poll)).toEqual([2, 0, 0])
  expect((await now(poll)).totalVotes).toBe(2)
  expect((await now(poll)).totalComments).toBe(0)
})

test('a vote waits while the poll is in the room, and the homeserver has not said so', async () => {
  const first = `/_matrix/client/v3/rooms/${room}/send/m.room.message/poll.`
  onTestFinished(() => app.server.faults.set())
  app.server.faults.set({ kind: 'lose-reply', path: first })
  const title = 'Posted a moment ago?'
  const poll = await createPoll(app.services.ballotBox, await createPerson(app.database), { title })
  const find = async () => (await ann.messages(room)).find(({ content }) => String(content.body).includes(title))
  await expect.poll(find).toBeDefined()
  await ann.reply(room, (await find())?.event_id ?? '', '!vote 2')
  await expect.poll(() => app.database.prisma.inboxMessage.count({ where: { attempts: { gt: 0 } } })).toBe(1)
  app.server.faults.set()
  expect(await votes(poll)).toEqual([0, 1, 0])
})

test('!vote with several numbers votes for several options, and in a ranking in that order', async () => {
  const several = await posted({ method: 'multiple_choice' })
  await ann.reply(room, several.root, '!vote 1, 3')
  expect(await votes(several.poll)).toEqual([1, 0, 1])
  const ranking = await posted({ method: 'ranked' })
  await ann.reply(room, ranking.root, '!vote 3 1')
  await app.settled()
  const ballot = await app.database.prisma.ballot.findFirstOrThrow({ where: { pollId: ranking.poll.id } })
  expect(ballot.choices).toEqual([ranking.poll.options[2]?.id, ranking.poll.options[0]?.id])
})

test.each([
  ['!vote 9', {}, 'This poll has 3 options, and no option 9.'],
  ['!vote 1 2', {}, /only one|one option/],
  ['!vote pizza', {}, /^Polldock did not understand this\. !vote 2 votes/],
  ['!vote 1', { anonymous: true }, /^This poll is anonymous/],
  ['!vote 1', { resultsVisible: 'after_voting' as const }, /^The results of this poll are hidden/],
  ['!vote 1', { votesFinal: true }, /^Votes are final in this poll.* Vote there: http/],
  ['!vote 1', { method: 'score' as const }, /^A number is not enough/],
  ['!vote 1', { votersSignedIn: true }, 'Only people who have signed in can vote in this poll.'],
  ['!close', {}, /Only the creator/],
  ['!poll "Nested?" "Yes" "No"', {}, /^Write !poll in the room/],
])('%s that is refused is answered in the thread, once', async (command, asked, expected) => {
  const { poll, root } = await posted(asked)
  const before = (await app.said(ann, room)).length
  await ann.reply(room, root, command)
  await app.settled()
  const said = (await app.said(ann, room)).slice(before)
  expect(said).toHaveLength(1)
  expect(said[0]).toEqual(expected instanceof RegExp ? expect.stringMatching(expected) : expected)
  expect((await now(poll)).totalVotes).toBe(0)
})

test('!poll creates a poll of its author, which the room gets, and which they close in its thread', async () => {
  await ann.say(room, '!poll “What for lunch today?” “Pizza” “Soup”')
  const find = () =>
    app.database.prisma.poll.findFirst({
      where: { text: { title: 'What for lunch today?' } },
      include: { options: { orderBy: { position: 'asc' } }, mirrors: true, createdBy: true },
    })
  await expect.poll(async () => (await find())?.mirrors[0]?.threadId).toMatch(/^\$/)
  const poll = await find()
  expect(poll?.options.map(({ title }) => title)).toEqual(['Pizza', 'Soup'])
  expect(poll?.createdBy.name).toBe('Ann')
  const root = poll?.mirrors[0]?.threadId ?? ''
  await ben.reply(room, root, '!close')
  await app.settled()
  expect((await find())?.status).toBe('open')
  await ann.reply(room, root, '!close')
  await expect.poll(async () => (await find())?.status).toBe('closed')
})

test('the poll gets a category that the connection follows', async () => {
  const { room: ofTeam } = await app.connectedRoom(ann, ['Team'])
  await ann.say(ofTeam, '!poll\nWhere to meet on Monday?\nHere\nThere')
  const where = { text: { title: 'Where to meet on Monday?', category: 'Team' } }
  await expect.poll(() => app.database.prisma.poll.count({ where })).toBe(1)
  // The other room's connection follows all categories.
  await expect.poll(async () => (await app.said(ann, room)).at(-1)).toContain('Where to meet on Monday?')
})

test('where people do not create polls, !poll is answered with the page, and !help does not name it', async () => {
  const { room: quiet, connection } = await app.connectedRoom(ann)
  await app.database.prisma.connection.update({
    where: { id: connection },
    data: { chatSettings: { createPolls: false } },
  })
  await ann.say(quiet, '!poll "Not here?" "Yes" "No"')
  await ann.say(quiet, '!help')
  await app.settled()
  const [refused, help] = (await app.said(ann, quiet)).slice(-2)
  expect(refused).toMatch(/^Polls are not created in this room\. Create one on the page: http.*\/polls\/new$/)
  expect(help).toMatch(/^!vote 2 votes/)
  expect(await app.database.prisma.poll.count({ where: { text: { title: 'Not here?' } } })).toBe(0)
})

test('!poll that is no poll is answered with what is wrong', async () => {
  const answers = await saidAfter(() => ann.say(room, '!poll "Only one?" "Yes"'))
  expect(answers).toContain('A poll needs at least 2 options.')
  const usage = expect.stringMatching(/^Polldock did not understand this\. !poll "Lunch\?"/)
  expect(await saidAfter(() => ann.say(room, '!poll'))).toContainEqual(usage)
})

test('of more than ten polls of one account in a minute the others are not created, which is said once', async () => {
  const { room: busy } = await app.connectedRoom(ann)
  const levels = await ann.state(busy, 'm.room.power_levels')
  await ann.setState(busy, 'm.room.power_levels', { ...levels, users: { [app.bot]: 50 } })
  const eve = await app.server.person('Eve')
  for (const person of [ben, eve]) {
    await ann.invite(busy, person.userId)
    await person.join(busy)
  }
  const before = await app.database.prisma.poll.count()
  for (let index = 0; index < 11; index++) await eve.say(busy, `!poll "Question ${index}?" "Yes" "No"`)
  const start = await eve.startPoll(busy, 'Another?', ['Yes', 'No'])
  await ben.say(busy, '!poll "One of Ben?" "Yes" "No"')
  await app.settled()
  expect(await app.database.prisma.poll.count()).toBe(before + 11)
  const refusals = (await app.said(ann, busy)).filter((text) => text.includes('in a minute'))
  expect(refusals).toEqual(['You may create 10 polls in a minute. Try again later.'])
  expect((await ann.event(busy, start)).content).not.toEqual({})
})

test('in a room that is not connected, !poll is answered with the link to connect it', async () => {
  const other = await ann.createRoom({ invite: [app.bot] })
  await expect.poll(async () => (await app.said(ann, other)).length).toBe(1)
  await ann.say(other, '!poll "Lunch?" "Pizza" "Soup"')
  const last = async () => (await app.said(ann, other)).slice(1).at(-1)
  await expect
    .poll(last)
    .toMatch(/^No poll was created: this room is not connected\.\n@ann:chat\.test gets a link by which/)
})

test('!help and !connect are answered, in the room and in a thread', async () => {
  const { root } = await posted()
  const says = (text: string) => expect.stringContaining(text)
  const inRoom = await saidAfter(() => ann.say(room, '!help'))
  expect(inRoom).toContainEqual(says('!vote 2 votes for the second option'))
  const inThread = await saidAfter(() => ann.reply(room, root, '!help'))
  expect(inThread).toContainEqual(says('!connect connects this room'))
  const connected = await saidAfter(() => ann.say(room, '!connect'))
  expect(connected).toContainEqual(says('This room is connected.'))
})

test('where the results are hidden, the message lists the options, and leads to the page', async () => {
  const { poll, root } = await posted({ resultsVisible: 'after_closing' })
  const { content } = await ann.event(room, root)
  expect(content.body).toContain(poll.options.map(({ title }) => `\n• ${title}`).join(''))
  expect(content.body).toContain('Vote on the page')
  expect(content.body).not.toContain('!vote')
})

test('in a thread of a connection that has ended, !vote is answered with the page, and a comment is not', async () => {
  const { room: again, connection } = await app.connectedRoom(ann)
  const { poll, root } = await app.postedPoll(again, await createPerson(app.database))
  await app.services.connections.disconnect(connection)
  await ann.invite(again, app.bot)
  await expect.poll(async () => (await ann.state(again, 'm.room.member', app.bot)).membership).toBe('join')
  await app.settled()
  const before = (await app.said(ann, again)).length
  await ann.reply(again, root, 'Hungry')
  await ann.reply(again, root, '!vote 1')
  await app.settled()
  const page = new URL(pollPath(poll), app.services.config.publicUrl).href
  expect((await app.said(ann, again)).slice(before)).toEqual([
    `Polldock does not read this thread any more. Vote on the page: ${page}`,
  ])
})
