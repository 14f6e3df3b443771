import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Entry, Outcome, Thread } from '../../src/chat/chat.ts'
import { readMatrixConfig } from '../../src/chat/matrix/config.ts'
import { signInvitation } from '../../src/chat/matrix/connecting/invitation.ts'
import { MatrixChat } from '../../src/chat/matrix/matrix-chat.ts'
import type { EventFacts } from '../../src/polls/model/events.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { testSecret } from '../support/app.ts'
import { ann as annOnTheWeb, at, entry, poll } from '../support/entries.ts'
import type { TestHomeserver } from '../support/matrix.ts'
import type { MatrixPerson } from '../support/matrix-person.ts'
import { matrixEnvironment, messagesOf, readText, stateOf } from '../support/matrix-rooms.ts'
import { noBallots } from '../support/no-ballots.ts'
import { picks } from '../support/picks.ts'
import { installedSynapse } from '../support/python-packages.ts'
import { startSynapse } from '../support/synapse.ts'

const python = await installedSynapse()
const never = new AbortController().signal
const created: EventFacts = { type: 'created', title: '', description: '', optionsOpen: true, options: [] }
const voted: EventFacts = { type: 'voted', choices: picks('o1') }

describe.skipIf(!python)('Polldock posts to a real homeserver', () => {
  let synapse: TestHomeserver
  let ann: MatrixPerson
  let bot: MatrixPerson
  let room: string
  let chat: MatrixChat
  let thread: Thread | undefined
  let entries = 0

  beforeAll(async () => {
    synapse = await startSynapse(python ?? '')
    ann = await synapse.person('Ann')
    bot = synapse.appService()
  })
  afterAll(() => synapse?.close())

  beforeEach(async () => {
    chat = open()
    thread = undefined
    room = await roomOf({})
  })

  function open(): MatrixChat {
    const config = readMatrixConfig(matrixEnvironment(synapse))
    if (!config) throw new TypeError('There is no homeserver.')
    const publicUrl = new URL('https://polls.example.org')
    const opened = new MatrixChat({
      matrix: config,
      publicUrl,
      clock: () => at,
      secrets: [testSecret],
      reads: noBallots,
    })
    onTestFinished(() => opened.close())
    return opened
  }

  async function roomOf(body: Record<string, unknown>): Promise<string> {
    await chat.users.prepare({ account: bot.userId })
    const id = await ann.createRoom({ preset: 'private_chat', invite: [bot.userId], ...body })
    await chat.rooms.join(id)
    return id
  }

  function about(facts: EventFacts, revision: number, change: Partial<Poll> = {}): Entry {
    entries += 1
    const uuid = `0198c0de-0000-8000-8000-${String(entries).padStart(12, '0')}`
    const connection = { id: 'connection', externalId: room, address: {}, settings: {} }
    const events: Entry['events'] = [{ revision, actor: annOnTheWeb, at, facts }]
    return entry([...events], { uuid, connection, thread, poll: { ...poll, id: `poll ${room}`, revision, ...change } })
  }

  async function deliver(given: Entry): Promise<Outcome> {
    const outcome = await chat.deliver(room, { ...given, thread }, never)
    if (outcome.kind === 'sent' && outcome.thread) thread = outcome.thread
    return outcome
  }

  const texts = async () => messagesOf(await ann.messages(room), bot.userId).map(({ text }) => text)

  test('messages, edits and notices, each once after a restart of the homeserver', async () => {
    const first = about(created, 1)
    expect(await deliver(first)).toMatchObject({ kind: 'sent' })
    const vote = about(voted, 2, { totalVotes: 5 })
    const before = thread
    expect(await deliver(vote)).toMatchObject({ kind: 'sent' })
    await synapse.restart()
    chat = open()
    thread = before
    await expect.poll(async () => (await deliver(vote)).kind).toBe('sent')
    expect(await texts()).toEqual([expect.stringContaining('Where to eat lunch?'), 'Ann voted for Pizza'])
    const all = await ann.messages(room)
    expect(stateOf(all, bot.userId)).toContain('Total votes: 5')
    expect(all.filter(({ content }) => 'm.new_content' in content)).toHaveLength(1)
  })

  test('a deleted poll and a deleted comment leave no text', async () => {
    const secret = { title: 'A secret?' }
    await deliver(about(created, 1, secret))
    await deliver(about({ type: 'commented', body: 'A secret?' }, 2, secret))
    for (let revision = 3; revision < 15; revision++)
      await deliver(about(voted, revision, { ...secret, totalVotes: revision }))
    await deliver(about({ type: 'comment_deleted', comment: 2 }, 15, secret))
    expect(await deliver(about({ type: 'deleted' }, 16, { ...secret, deletedAt: at }))).toMatchObject({ kind: 'sent' })
    expect(JSON.stringify(await ann.messages(room))).not.toContain('A secret?')
  })

  test('an event that the homeserver does not know needs no redaction', async () => {
    await expect(chat.rooms.redact(room, '$unknown', 'redaction')).resolves.toBeUndefined()
  })

  test('the largest texts, and half of an emoji', async () => {
    const options = poll.options.map((one) => ({ ...one, title: '漢'.repeat(200) }))
    const large = { title: '漢'.repeat(200), description: '漢'.repeat(500), options: Array(50).fill(options[0]) }
    expect(await deliver(about(created, 1, large))).toMatchObject({ kind: 'sent' })
    expect(await deliver(about(voted, 2, { ...large, totalVotes: 9 }))).toMatchObject({ kind: 'sent' })
    for (const body of [
      '漢'.repeat(5_000),
      `<&>"'`.repeat(1_000),
      '😀'.repeat(5_000),
      'cut \ud83c',
      '\n'.repeat(5_000),
    ])
      expect(await deliver(about({ type: 'commented', body }, 3, large))).toMatchObject({ kind: 'sent' })
  })

  describe('the outcome', () => {
    test('after the bot was kicked is that the room is gone', async () => {
      await ann.kick(room, bot.userId)
      expect(await deliver(about(created, 1))).toEqual({ kind: 'gone', reason: 'The bot was removed from the room.' })
    })

    test('after the bot was banned stops the connection', async () => {
      await ann.ban(room, bot.userId)
      expect(['gone', 'unauthorized']).toContain((await deliver(about(created, 1))).kind)
    })

    test('in an unknown room stops the connection', async () => {
      const outcome = await chat.deliver('!unknown:chat.test', about(created, 1), never)
      expect(outcome).toMatchObject({
        kind: 'unauthorized',
        reason: expect.stringContaining('The bot is not in the room.'),
      })
    })

    test('where the bot is muted asks for power', async () => {
      const levels = await ann.state(room, 'm.room.power_levels')
      await ann.setState(room, 'm.room.power_levels', { ...levels, events_default: 50 })
      const outcome = await deliver(about(created, 1))
      expect(outcome).toMatchObject({ kind: 'unauthorized', reason: expect.stringContaining('The bot may not post') })
    })

    test('in a room that was upgraded asks to connect the new one', async () => {
      await ann.do('POST', `v3/rooms/${encodeURIComponent(room)}/upgrade`, { new_version: '11' })
      const outcome = await deliver(about(created, 1))
      expect(outcome).toMatchObject({ kind: 'unauthorized', reason: expect.stringContaining('The room was replaced') })
    })

    test('of a wrong token says so', async () => {
      const config = readMatrixConfig({ ...matrixEnvironment(synapse), MATRIX_AS_TOKEN: 'wrong' })
      if (!config) throw new TypeError('There is no homeserver.')
      const wrong = new MatrixChat({
        matrix: config,
        publicUrl: new URL('https://x.org'),
        clock: () => at,
        secrets: [testSecret],
        reads: noBallots,
      })
      onTestFinished(() => wrong.close())
      expect(await wrong.deliver(room, about(created, 1), never)).toMatchObject({ kind: 'unauthorized' })
    })
  })

  test('an error is a notice that is edited, and cleared by another process', async () => {
    expect(await chat.showError(room, 'Cannot post.', never)).toBe(true)
    expect(await open().showError(room, '', never)).toBe(true)
    const shown = (await ann.messages(room)).filter(({ content }) => 'org.polldock.error' in content)
    expect(shown.map(readText)).toEqual(['Cannot post.', 'Polldock can post here again.'])
  })

  test.each(['11', '12'])('a room of version %s is connected by its creator, and not by a member', async (version) => {
    const bob = await synapse.person(`Bob${version}`)
    room = await roomOf({ room_version: version, name: 'Lunch room', invite: [bot.userId, bob.userId] })
    await bob.join(room)
    const check = async (account: string) =>
      chat.connecting.check({ invitation: await signInvitation([testSecret], { room, account }, at) })
    expect(await check(ann.userId)).toMatchObject({ roomName: 'Lunch room' })
    expect(await check(bob.userId)).toMatchObject({ problems: { '': [expect.stringContaining('may not change')] } })
  })

  test('the link goes to a direct room, and the bot leaves a room that is disconnected', async () => {
    const said = await chat.offers.offer({ room, account: ann.userId, because: `$${room}` })
    expect(said.text).toContain('gets a link by which this room is connected')
    await chat.leave(room, { id: 'connection', isLast: true }, never)
    expect(await ann.state(room, 'm.room.member', bot.userId)).toMatchObject({ membership: 'leave' })
  })
})
