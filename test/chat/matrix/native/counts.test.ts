import { expect, onTestFinished, test, vi } from 'vitest'
import { pollTypes } from '../../../../src/chat/matrix/native/native-poll.ts'
import { NativePolls } from '../../../../src/chat/matrix/native/native-polls.ts'
import { closedAtEnd } from '../../../support/at-end.ts'
import { castVote } from '../../../support/cast-vote.ts'
import { openMatrixApp } from '../../../support/matrix-app.ts'
import { freshlyShown } from '../../../support/matrix-judge.ts'
import { createPerson } from '../../../support/polls.ts'

const app = await closedAtEnd(openMatrixApp())
const { services, database } = app
const ann = await app.server.person('Ann')
const creator = await createPerson(database)

type Command = Parameters<typeof services.ballotBox.submit>[0]['command']
type Shown = Awaited<ReturnType<typeof shown>>

/** A new poll in a room in which the bot is a moderator. */
async function shown() {
  const { room, connection } = await app.connectedRoom(ann)
  const levels = await ann.state(room, 'm.room.power_levels')
  await ann.setState(room, 'm.room.power_levels', { ...levels, users: { ...Object(levels.users), [app.bot]: 50 } })
  const { poll } = await app.postedPoll(room, creator)
  await expect.poll(() => polls(room)).toHaveLength(1)
  return { room, connection, poll, start: (await polls(room))[0]?.id ?? '' }
}

const polls = async (room: string) => (await freshlyShown(ann, room)).polls
const submit = ({ poll }: Shown, command: Command) => services.ballotBox.submit({ pollId: poll.id, command })
const responses = async ({ room, start }: Shown) =>
  (await ann.relations(room, start)).filter(({ type }) => type.endsWith('.response'))

test.each<[string, (at: Shown) => Promise<unknown>]>([
  ['its connection is paused', ({ connection: id }) => change(id, { status: 'paused' })],
  ['its setting is off', ({ connection: id }) => change(id, { chatSettings: { nativePolls: false } })],
  [
    'results are hidden',
    ({ poll: { id } }) => database.prisma.poll.update({ where: { id }, data: { resultsVisible: 'after_closing' } }),
  ],
])('a vote of the web that somebody redacts does not come back while %s', async (_why, hide) => {
  const at = await shown()
  await submit(at, castVote(at.poll, creator))
  await expect.poll(() => responses(at)).toHaveLength(1)
  const [response] = await responses(at)
  await hide(at)
  await ann.redact(at.room, response?.event_id ?? '')
  await app.settled()
  expect(await responses(at)).toEqual([])
})

test('a vote in a native poll that has ended changes nothing of it, after the poll was reopened and closed again', async () => {
  const at = await shown()
  const [pizza = '', sushi = '', falafel = ''] = at.poll.options.map(({ id }) => id)
  await ann.vote(at.room, at.start, [pizza])
  await app.settled()
  await submit(at, { type: 'close', by: creator })
  await expect.poll(() => polls(at.room)).toMatchObject([{ isEnded: true, counts: { Pizza: 1 } }])
  await submit(at, { type: 'reopen', by: creator })
  await expect.poll(() => polls(at.room)).toHaveLength(2)
  const next = (await polls(at.room)).find(({ id }) => id !== at.start)?.id ?? ''
  await ann.vote(at.room, next, [sushi])
  await app.settled()
  await submit(at, { type: 'close', by: creator })
  await expect.poll(() => polls(at.room)).toMatchObject([{ isEnded: true }, { isEnded: true }])
  const vote = await ann.vote(at.room, at.start, [falafel])
  await app.settled()
  expect((await ann.event(at.room, vote)).content).toEqual({})
  const ended = (await polls(at.room)).find(({ id }) => id === at.start)
  expect(ended?.counts).toMatchObject({ Pizza: 1, Sushi: 0 })
})

test('a poll whose end a moderator redacts is ended again', async () => {
  const at = await shown()
  await submit(at, { type: 'close', by: creator })
  const end = async () => (await ann.relations(at.room, at.start)).find(({ type }) => type === pollTypes.end)?.event_id
  await expect.poll(end).toBeDefined()
  const first = (await end()) ?? ''
  await ann.redact(at.room, first)
  await expect.poll(end).toMatch(/^\$/)
  expect(await end()).not.toBe(first)
})

test('a vote that is refused keeps nobody waiting while many votes are brought to the room', async () => {
  const at = await shown()
  const unfinished = vi.spyOn(NativePolls.prototype, 'sync').mockResolvedValue('unfinished')
  onTestFinished(() => unfinished.mockRestore())
  await ann.vote(at.room, at.start, ['unknown'])
  await ann.say(at.room, '!help')
  await expect.poll(() => app.said(ann, at.room)).toContainEqual(expect.stringContaining('!close closes'))
  expect(unfinished).toHaveBeenCalledTimes(1)
})

test('what else refers to the native poll stops no vote, however much it is', async () => {
  const at = await shown()
  const relation = { 'm.relates_to': { rel_type: 'm.reference', event_id: at.start } }
  for (let sent = 0; sent < 300; sent++)
    await ann.send(at.room, 'org.example.note', { ...relation, pad: 'x'.repeat(60_000) })
  await submit(at, castVote(at.poll, creator))
  await expect.poll(async () => (await responses(at)).length).toBe(1)
})

function change(id: string, data: Parameters<typeof database.prisma.connection.update>[0]['data']) {
  return database.prisma.connection.update({ where: { id }, data })
}
