import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Poll } from '../../src/polls/model/poll.ts'
import { castVote } from '../support/cast-vote.ts'
import { type TestHomeserver, testRegistration } from '../support/matrix.ts'
import { type AppAtHomeserver, openAppAt } from '../support/matrix-app.ts'
import { type MatrixPerson, type MatrixTestEvent, newTransactionId, roomPath } from '../support/matrix-person.ts'
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

  /** A poll in a room of both, whose message has reached the other homeserver. @param power of the bot */
  async function posted(power = 0): Promise<{ room: string; poll: Poll; root: string }> {
    const { room } = await app.connectedRoom(near)
    const levels = await near.state(room, 'm.room.power_levels')
    if (power > 0) await near.setState(room, 'm.room.power_levels', { ...levels, users: { [app.bot]: power } })
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

  test('a vote of somebody who was removed does not count, although their homeserver took it', async ({ skip }) => {
    const bea = await other.person('Bea')
    for (let attempt = 0; attempt < 5; attempt++) {
      const { room, poll, root } = await posted()
      await near.invite(room, bea.userId)
      await bea.join(room)
      await far.reply(room, root, 'Hello')
      await expect.poll(async () => (await now(poll)).totalComments).toBe(1)
      await near.kick(room, far.userId)
      const vote = { msgtype: 'm.text', body: '!vote 1', 'm.relates_to': { rel_type: 'm.thread', event_id: root } }
      const path = `${roomPath(room)}/send/m.room.message/${newTransactionId()}`
      const { status } = await far.call('PUT', path, vote)
      // The homeserver may have heard of it already.
      if (status !== 200) continue
      await bea.reply(room, root, 'What comes after it from there is handled after it')
      await expect.poll(async () => (await now(poll)).totalComments).toBe(2)
      expect((await now(poll)).totalVotes).toBe(0)
      return
    }
    skip('The other homeserver knew each time before the vote.')
  })

  test.skipIf(!nio)('another client shows the poll and its thread there', async () => {
    const { room, poll, root } = await posted()
    const thread = ['!vote 3', 'Ann (Matrix) voted for “Falafel”', 'Not again']
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

  test.skipIf(!nio)('another client counts there the votes of a native poll as Polldock does', async () => {
    const { room, poll, root } = await posted(50)
    const isStart = ({ content }: MatrixTestEvent) => content['io.polldock.message'] === root
    await arrived(room, isStart)
    const start = (await far.messages(room)).find(isStart)?.event_id ?? ''
    const counted = async () => (await shownByNio(nio ?? '', far, room)).polls
    const [pizza, sushi, falafel] = poll.options.map(({ id }) => id)
    const both = async (isEnded: boolean, ...votes: number[]) => {
      const { options, title } = await now(poll)
      expect(options.map((option) => option.votes)).toEqual(votes)
      const counts = Object.fromEntries(options.map((option) => [option.title, option.votes]))
      await expect.poll(counted).toEqual([{ id: start, question: title, isEnded, counts }])
    }
    await far.vote(room, start, [pizza ?? ''])
    await near.reply(room, root, '!vote 2')
    await app.services.ballotBox.submit({
      pollId: poll.id,
      command: castVote(poll, await createPerson(app.database), 1),
    })
    await expect.poll(async () => (await now(poll)).totalVotes).toBe(3)
    await both(false, 1, 2, 0)
    await near.vote(room, start, [falafel ?? ''])
    await far.vote(room, start, [sushi ?? ''])
    await expect.poll(async () => (await now(poll)).options[0]?.votes).toBe(0)
    await expect.poll(async () => (await now(poll)).options[2]?.votes).toBe(1)
    await both(false, 0, 2, 1)
    const by = poll.createdBy
    await app.services.ballotBox.submit({ pollId: poll.id, command: { type: 'close', by } })
    await both(true, 0, 2, 1)
    await expectConsistent(app.database, poll.id)
  })
})
