import { expect, test } from 'vitest'
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

function change(id: string, data: Parameters<typeof database.prisma.connection.update>[0]['data']) {
  return database.prisma.connection.update({ where: { id }, data })
}
