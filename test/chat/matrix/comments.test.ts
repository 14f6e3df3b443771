import { expect, onTestFinished, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import { openMatrixRoom } from '../../support/matrix-app.ts'
import { createPerson } from '../../support/polls.ts'

const app = await closedAtEnd(openMatrixRoom())
const { ann, ben, room } = app

const posted = async () => app.postedPoll(room, await createPerson(app.database))
const comments = async (pollId: string) => {
  await app.settled()
  return (await app.services.polls.comments(pollId, { limit: 50 })).toReversed()
}
const bodies = async (pollId: string) => (await comments(pollId)).map(({ body }) => body)

test('a reply in the thread of a poll becomes a comment with its author, and is not said again in the room', async () => {
  const { poll, root } = await posted()
  await ann.reply(room, root, 'I am allergic to cheese')
  await ben.reply(room, root, 'I am not')
  expect((await comments(poll.id)).map(({ author, body }) => [author.name, body])).toEqual([
    ['Ann', 'I am allergic to cheese'],
    ['Ben', 'I am not'],
  ])
  await app.services.ballotBox.submit({
    pollId: poll.id,
    command: { type: 'comment', by: await createPerson(app.database), body: 'From the web' },
  })
  await expect.poll(async () => (await app.said(ann, room)).join('\n')).toContain('From the web')
  expect((await app.said(ann, room)).join('\n')).not.toContain('allergic')
})

test('what people write elsewhere in the room is not stored', async () => {
  await posted()
  const before = await app.database.prisma.inboxMessage.count()
  await ann.say(room, 'Nothing to do with polls')
  const other = await ann.say(room, 'A thread of our own')
  await ann.reply(room, other, 'In it')
  await app.settled()
  expect(await app.database.prisma.inboxMessage.count({ where: { content: { not: null } } })).toBe(0)
  expect(await app.database.prisma.inboxMessage.count()).toBe(before + 1)
  // That thread is known now: nothing has to be asked of the homeserver.
  onTestFinished(() => app.server.faults.set())
  app.server.faults.set({ kind: 'status', status: 503, path: `/_matrix/client/v3/rooms/${room}/event/` })
  await ann.reply(room, other, 'In it, too')
  await app.settled()
  expect(await app.database.prisma.inboxMessage.count()).toBe(before + 2)
  expect(await app.database.prisma.inboxMessage.count({ where: { attempts: { gt: 0 } } })).toBe(0)
})

test('the author edits and deletes the comment in the room, and the room is not told again', async () => {
  const { poll, root } = await posted()
  const message = await ann.reply(room, root, 'I am alergic')
  await ann.edit(room, message, 'I am allergic')
  expect(await bodies(poll.id)).toEqual(['I am allergic'])
  await ben.edit(room, message, 'Not Ann at all')
  expect(await bodies(poll.id)).toEqual(['I am allergic'])
  await ann.redact(room, message)
  expect(await bodies(poll.id)).toEqual([])
  await app.services.ballotBox.submit({
    pollId: poll.id,
    command: { type: 'comment', by: await createPerson(app.database), body: 'The last word' },
  })
  await expect.poll(async () => (await app.said(ann, room)).join('\n')).toContain('The last word')
  const said = (await app.said(ann, room)).join('\n')
  expect(said).not.toMatch(/edited a comment|deleted a comment/)
})

test('a moderator of the room who redacts a message deletes the comment', async () => {
  const { poll, root } = await posted()
  const message = await ben.reply(room, root, 'Buy my watches')
  expect(await bodies(poll.id)).toEqual(['Buy my watches'])
  await ann.redact(room, message)
  expect(await bodies(poll.id)).toEqual([])
})

test('what is sent in another room changes nothing in the thread', async () => {
  const { poll, root } = await posted()
  const of = await ann.reply(room, root, 'Mine')
  expect(await bodies(poll.id)).toEqual(['Mine'])
  const account = ann.userId
  const contents = [
    { type: 'message', account, text: '!vote 1', thread: root },
    { type: 'message', account, text: 'Smuggled in', thread: root },
    { type: 'message', account, text: 'Smuggled in', replyTo: root },
    { type: 'edit', account, of, text: 'Changed' },
    { type: 'redaction', account, of },
  ]
  const elsewhere = { room: '!elsewhere:chat.test', topic: null, sentAt: new Date() }
  const messages = contents.map((content, place) => ({ ...elsewhere, id: `$elsewhere${place}`, content }))
  await app.services.inbox.receive('matrix', { messages })
  expect(await bodies(poll.id)).toEqual(['Mine'])
  expect((await app.services.polls.view(poll.id)).poll.totalVotes).toBe(0)
})

test('a stored message that nobody can read does not hold up its room', async () => {
  const { poll, root } = await posted()
  const odd = { id: '$odd', room, topic: null, sentAt: new Date(), content: { type: 'constructor' } }
  await app.services.inbox.receive('matrix', { messages: [odd] })
  await ann.reply(room, root, 'Next')
  expect(await bodies(poll.id)).toEqual(['Next'])
  const where = { chat_id: { chat: 'matrix', id: '$odd' } }
  expect(await app.database.prisma.inboxMessage.findUnique({ where })).toMatchObject({ attempts: 0, content: null })
})

test('a message that was redacted while it waited is no comment', async () => {
  const { poll, root } = await posted()
  app.server.pushTo('http://127.0.0.1:1')
  const message = await ann.reply(room, root, 'Oops')
  await ann.redact(room, message)
  app.server.pushTo(app.url)
  expect(await bodies(poll.id)).toEqual([])
})

test('somebody else with the same name on another server is another person', async () => {
  const { poll, root } = await posted()
  const namesake = await app.server.person('Ann2')
  await namesake.do('PUT', `v3/profile/${encodeURIComponent(namesake.userId)}/displayname`, { displayname: 'Ann' })
  await ann.invite(room, namesake.userId)
  await namesake.join(room)
  await ann.reply(room, root, 'One')
  await namesake.reply(room, root, 'Two')
  const [one, two] = await comments(poll.id)
  expect([one?.author.name, two?.author.name]).toEqual(['Ann', 'Ann'])
  expect(one?.author.id).not.toBe(two?.author.id)
})
