import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Poll } from '../../src/polls/model/poll.ts'
import { type TestHomeserver, testRegistration } from '../support/matrix.ts'
import { type AppAtHomeserver, openAppAt } from '../support/matrix-app.ts'
import type { MatrixPerson, MatrixTestEvent } from '../support/matrix-person.ts'
import { shownByNio } from '../support/nio-client.ts'
import { createPerson, expectConsistent } from '../support/polls.ts'
import { freePort } from '../support/postgres-server.ts'
import { installedNio, installedSynapse } from '../support/python-packages.ts'
import { startSynapse } from '../support/synapse.ts'

const synapse = await installedSynapse()
const nio = await installedNio()

describe.skipIf(!synapse)('in a room with people of another homeserver', () => {
  let app: AppAtHomeserver
  let other: TestHomeserver
  /** Both are called Ann. */
  let near: MatrixPerson
  let far: MatrixPerson

  beforeAll(async () => {
    const python = synapse ?? ''
    const [port, serverName] = [await freePort(), `localhost:${await freePort()}`]
    const registration = testRegistration({ url: `http://127.0.0.1:${port}` }, serverName)
    const [home, remote] = await Promise.all([
      startSynapse(python, { serverName, registration }),
      startSynapse(python, { serverName: `localhost:${await freePort()}` }),
    ])
    other = remote
    app = await openAppAt(home, port)
    near = await home.person('Ann')
    far = await other.person('Ann')
  })
  afterAll(async () => {
    await app?.close()
    await other?.close()
  })

  /** A poll in a room of both, whose message has reached the other homeserver. */
  async function posted(): Promise<{ room: string; poll: Poll; root: string }> {
    const { room } = await app.connectedRoom(near)
    await near.invite(room, far.userId)
    await far.join(room)
    const made = await app.postedPoll(room, await createPerson(app.database))
    await arrived(room, ({ event_id: id }) => id === made.root)
    return { room, ...made }
  }

  /** Waits until the other homeserver has an event. */
  async function arrived(room: string, isIt: (event: MatrixTestEvent) => boolean): Promise<void> {
    await expect.poll(async () => (await far.messages(room)).some(isIt)).toBe(true)
  }

  const now = async ({ id }: Poll) => (await app.services.polls.view(id)).poll

  test('a vote from there counts once, and a namesake here is another person', async () => {
    const { room, poll, root } = await posted()
    await far.reply(room, root, '!vote 1')
    await far.reply(room, root, '!vote 2')
    await near.reply(room, root, '!vote 1')
    await far.reply(room, root, 'From afar')
    await near.reply(room, root, 'From here')
    await expect.poll(async () => (await now(poll)).totalComments).toBe(2)
    const { options, totalVotes } = await now(poll)
    expect([totalVotes, ...options.map(({ votes }) => votes)]).toEqual([2, 1, 1, 0])
    const accounts = await app.database.prisma.unlinkedAccount.findMany({
      where: { accountId: { in: [far.userId, near.userId] } },
      include: { person: { include: { ballots: { where: { pollId: poll.id } } } } },
    })
    const votes = accounts.map(({ accountId, person }) => [accountId, person.name, person.ballots[0]?.choices])
    expect(new Map(votes.map(([account, ...more]) => [account, more]))).toEqual(
      new Map([
        [far.userId, ['Ann', [options[1]?.id]]],
        [near.userId, ['Ann', [options[0]?.id]]],
      ]),
    )
    await expectConsistent(app.database, poll.id)
  })

  test.skipIf(!nio)('another client shows the poll and its thread there', async () => {
    const { room, poll, root } = await posted()
    const thread = ['!vote 3', 'Ann (guest) voted for “Falafel”', 'Not again']
    await far.reply(room, root, '!vote 3')
    await arrived(room, ({ content }) => content.body === thread[1])
    await arrived(room, ({ content }) => 'm.new_content' in content)
    await near.reply(room, root, 'Not again')
    await arrived(room, ({ content }) => content.body === thread[2])
    const { messages } = await shownByNio(nio ?? '', far, room)
    const message = messages.find(({ id }) => id === root)
    expect(message).toMatchObject({ sender: app.bot, isEdited: true, body: expect.stringContaining(poll.title) })
    for (const { title } of poll.options) expect(message?.body).toContain(title)
    expect(message?.body).toContain('Total votes: 1')
    const replies = messages.filter((one) => one.thread === root)
    expect(replies.map(({ body }) => body)).toEqual(thread)
    expect(replies.map(({ sender }) => sender)).toEqual([far.userId, app.bot, near.userId])
    expect(replies.map(({ isNotice }) => isNotice)).toEqual([false, true, false])
  })
})
