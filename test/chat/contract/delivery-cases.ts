import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryTiming } from '../../../src/chat/delivery/timing.ts'
import { eventKinds } from '../../../src/chat/wording.ts'
import { startJobs } from '../../../src/jobs/jobs.ts'
import type { PersonName } from '../../../src/people/model/person-name.ts'
import type { Command } from '../../../src/polls/model/commands.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { openTestApp, type TestApp } from '../../support/app.ts'
import { castVote } from '../../support/cast-vote.ts'
import { minute, RunningClock } from '../../support/clock.ts'
import { quickReading, quickTiming } from '../../support/flowdock-app.ts'
import { type Asked, createPerson, createPoll } from '../../support/polls.ts'
import type { OnStage } from './on-stage.ts'
import type { ChatFault, ChatStage, StagedMessage, StagedRoom } from './stage.ts'

type Wanted = Pick<DeliveryTiming, 'timeouts'>

/** The app with its delivery worker and a database. */
class Delivering {
  readonly app: TestApp
  readonly ann: PersonName
  readonly #stage: ChatStage
  readonly #stop: () => Promise<void>

  private constructor(app: TestApp, ann: PersonName, stage: ChatStage, stop: () => Promise<void>) {
    this.app = app
    this.ann = ann
    this.#stage = stage
    this.#stop = stop
  }

  static async open(stage: ChatStage, wanted: Partial<Wanted> = {}): Promise<Delivering> {
    const timing = { ...quickTiming, ...wanted }
    const clock = new RunningClock()
    const app = await openTestApp({ env: stage.environment, config: { timing, reading: quickReading }, clock })
    const jobs = await startJobs(app.services, app.app.log)
    return new Delivering(app, await createPerson(app.database), stage, () => jobs.stop())
  }

  async close(): Promise<void> {
    await this.#stop()
    await this.app.close()
  }

  async connect(): Promise<ConnectedRoom> {
    const { services } = this.app
    const staged = await this.#stage.connect()
    const { externalId, address = {}, credentials } = staged
    const id = await services.connections.create({
      ...{ chat: this.#stage.key, name: 'Polls', roomName: 'The room', roomUrl: null, address, externalId },
      ...{ categories: [], eventKinds: [...eventKinds], start: 'now' },
      credentials: await services.credentials.seal(credentials),
      createdBy: this.ann,
    })
    return new ConnectedRoom(this, id, staged, this.#stage)
  }

  /** A room whose thread has the message that the poll was created. */
  async mirrored(asked?: Asked): Promise<{ room: ConnectedRoom; poll: Poll }> {
    const room = await this.connect()
    const poll = await createPoll(this.app.services.ballotBox, this.ann, asked)
    await room.untilMessages(1)
    return { room, poll }
  }

  submit({ id }: Pick<Poll, 'id'>, command: Command): Promise<unknown> {
    return this.app.services.ballotBox.submit({ pollId: id, command })
  }

  comment(poll: Poll, body: string): Promise<unknown> {
    return this.submit(poll, { by: this.ann, type: 'comment', body })
  }

  async disconnectAll(): Promise<void> {
    await this.app.database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
  }
}

class ConnectedRoom {
  readonly id: string
  readonly staged: StagedRoom
  readonly #delivering: Delivering
  readonly #stage: ChatStage

  constructor(delivering: Delivering, id: string, staged: StagedRoom, stage: ChatStage) {
    this.#delivering = delivering
    this.id = id
    this.staged = staged
    this.#stage = stage
  }

  async fault(fault: ChatFault | undefined): Promise<void> {
    await this.#stage.fault(fault, this.staged)
  }

  connection() {
    return this.#delivering.app.database.prisma.connection.findUniqueOrThrow({ where: { id: this.id } })
  }

  rejections() {
    return this.#delivering.app.database.prisma.rejection.findMany({ where: { connectionId: this.id } })
  }

  /** The messages, each once although it may have been posted again. */
  async messages(): Promise<StagedMessage[]> {
    const all = await this.staged.messages()
    return all.filter(({ id }, index) => all.findIndex((one) => one.id === id) === index)
  }

  async untilMessages(count: number): Promise<StagedMessage[]> {
    await expect.poll(async () => (await this.messages()).length).toBe(count)
    return this.messages()
  }

  /** Waits until the messages after the poll's first have these words in them, in this order. */
  async untilShown(...words: string[]): Promise<void> {
    const found = async () => {
      const [, ...texts] = (await this.messages()).map(({ text }) => text)
      return texts.map((text, index) => (words[index] && text.includes(words[index]) ? words[index] : text))
    }
    await expect.poll(found).toEqual(words)
  }
}

/** How delivery works with the chat: with the worker of the app, its database and its timing, shortened. */
export function deliveryCases(on: OnStage): void {
  const { testIf } = on

  describe('delivery', () => {
    let delivering: Delivering
    let faulty: ConnectedRoom | undefined

    beforeAll(async () => {
      delivering = await Delivering.open(on.stage)
    })
    afterAll(() => delivering.close())
    afterEach(async () => {
      await faulty?.fault(undefined)
      faulty = undefined
      await delivering.disconnectAll()
    })

    async function faultyPoll(fault: ChatFault): Promise<{ room: ConnectedRoom; poll: Poll }> {
      const { room, poll } = await delivering.mirrored()
      faulty = room
      await room.fault({ ...fault, only: 'messages' })
      return { room, poll }
    }

    test('posts the events of a poll in order, and its thread shows the newest state', async () => {
      const { room, poll } = await delivering.mirrored()
      const { ann } = delivering
      await delivering.submit(poll, castVote(poll, ann))
      await room.untilMessages(2)
      await delivering.submit(poll, castVote(poll, ann, 1))
      await delivering.comment(poll, 'Hungry')
      await delivering.submit(poll, { by: ann, type: 'edit', title: 'Where to have dinner?', isConfirmed: true })
      await delivering.submit(poll, { by: ann, type: 'close' })
      await room.untilShown('Pizza', 'Sushi', 'Hungry', 'Where to have dinner?', 'closed')
      const state = await room.staged.state?.()
      if (state !== undefined)
        expect(state).toMatch(/Where to have dinner\?[\s\S]*closed|closed[\s\S]*Where to have dinner\?/i)
      expect(await room.connection()).toMatchObject({ lastDelivered: expect.any(Date), lastError: null, attempts: 0 })
    })

    test('to several rooms and of several polls does not mix them', async () => {
      const both = [await delivering.connect(), await delivering.connect()]
      const [lunch, dinner] = [
        await createPoll(delivering.app.services.ballotBox, delivering.ann, { title: 'Lunch?' }),
        await createPoll(delivering.app.services.ballotBox, delivering.ann, { title: 'Dinner?' }),
      ]
      await Promise.all([delivering.comment(lunch, 'Soup for lunch'), delivering.comment(dinner, 'Soup for dinner')])
      for (const room of both) {
        await room.untilMessages(4)
        const texts = (await room.messages()).map(({ text }) => text)
        expect(texts.filter((text) => text.includes('Soup for lunch'))).toHaveLength(1)
        expect(texts.filter((text) => text.includes('Soup for dinner'))).toHaveLength(1)
      }
    })

    const temporary: [string, ChatFault][] = [
      ['an error of the server', { kind: 'answer', status: 500, times: 3 }],
      ['too many requests', { kind: 'rate limit', seconds: 0, times: 3 }],
      ['a closed connection', { kind: 'close', times: 3 }],
      ['a dropped connection', { kind: 'drop', times: 3 }],
      ['a lost answer', { kind: 'lost answer', times: 2 }],
      ['silence', { kind: 'hang', times: 2 }],
    ]
    for (const [what, fault] of temporary)
      testIf(fault.kind, `retries after ${what}, until every message is there once, in order`, async () => {
        const { room, poll } = await faultyPoll(fault)
        await delivering.submit(poll, castVote(poll, delivering.ann))
        await delivering.comment(poll, 'Hungry')
        await room.untilShown('Pizza', 'Hungry')
        await expect.poll(() => room.connection()).toMatchObject({ attempts: 0, failingSince: null, retryAt: null })
        expect((await room.connection()).lastError).toEqual(expect.any(String))
      })

    testIf('down', 'continues when a chat that was down is there again', async () => {
      const { room, poll } = await faultyPoll({ kind: 'down' })
      await delivering.comment(poll, 'Hungry')
      await expect.poll(async () => (await room.connection()).failingSince).not.toBe(null)
      await delivering.comment(poll, 'Still hungry')
      await room.fault(undefined)
      await room.untilShown('Hungry', 'Still hungry')
    })

    testIf('lost answer', 'repeats a message whose answer was lost, whatever has happened since', async () => {
      const next: ChatFault = { kind: 'drop', only: 'messages' }
      const { room, poll } = await faultyPoll({ kind: 'lost answer', times: 1, next })
      await delivering.submit(poll, castVote(poll, delivering.ann))
      await expect.poll(async () => (await room.connection()).failingSince).not.toBe(null)
      for (const option of [1, 2, 0, 1, 2, 1]) await delivering.submit(poll, castVote(poll, delivering.ann, option))
      await delivering.comment(poll, 'Hungry')
      await room.fault(undefined)
      await expect.poll(async () => (await room.messages()).at(-1)?.text).toContain('Hungry')
      const all = await room.staged.messages()
      const [, first] = all
      expect(first?.text).toContain('Pizza')
      const same = all.filter(({ id }) => id === first?.id)
      expect(new Set(same.map(({ text }) => text)).size).toBe(1)
      expect(same).toHaveLength(on.stage.showsRepeatsOnce ? 1 : 2)
    })

    testIf('rate limit', 'waits as long as the chat says', async () => {
      const { room, poll } = await faultyPoll({ kind: 'rate limit', seconds: 60, times: 1 })
      const before = delivering.app.clock.now().getTime()
      await delivering.comment(poll, 'Hungry')
      await expect
        .poll(async () => (await room.connection()).retryAt?.getTime() ?? 0)
        .toBeGreaterThan(before + 0.9 * minute)
      await delivering.comment(poll, 'Still hungry')
      await delivering.app.services.delivery.sweep()
      expect(await room.messages()).toHaveLength(1)
      delivering.app.clock.advance(minute)
      await room.untilShown('Hungry', 'Still hungry')
    })

    testIf('answer', 'shows the error in the room if the chat can, and clears it after a success', async () => {
      const { room, poll } = await faultyPoll({ kind: 'answer', status: 500 })
      const { error } = room.staged
      await delivering.comment(poll, 'Hungry')
      await expect.poll(() => room.connection()).toMatchObject({ errorShown: true })
      if (error) expect(await error()).toContain((await room.connection()).lastError)
      await room.fault(undefined)
      await room.untilShown('Hungry')
      await expect.poll(() => room.connection()).toMatchObject({ errorShown: false, failingSince: null })
      if (error) expect(await error()).toBe('')
    })

    testIf('gone', 'ends the connection to a room that is gone, and forgets its credentials', async () => {
      const { room, poll } = await faultyPoll({ kind: 'gone' })
      await delivering.comment(poll, 'Hungry')
      await expect.poll(() => room.connection()).toMatchObject({ status: 'retired', credentials: null })
      expect((await room.connection()).statusReason).not.toBe(null)
    })

    testIf('unauthorized', 'pauses when the credentials are refused, and loses nothing', async () => {
      const { room, poll } = await faultyPoll({ kind: 'unauthorized', times: 1 })
      await delivering.comment(poll, 'Hungry')
      await expect.poll(() => room.connection()).toMatchObject({ status: 'paused', statusReason: expect.any(String) })
      await delivering.comment(poll, 'Still hungry')
      expect(await room.messages()).toHaveLength(1)
      await room.fault(undefined)
      await delivering.app.services.connections.resume(room.id)
      await room.untilShown('Hungry', 'Still hungry')
    })

    testIf('invalid', 'stores a message that is refused, posts the rest, and posts it again for a person', async () => {
      const { room, poll } = await faultyPoll({ kind: 'invalid', times: 1 })
      await delivering.submit(poll, castVote(poll, delivering.ann))
      await delivering.comment(poll, 'Hungry')
      await room.untilShown('Hungry')
      const reason = expect.stringMatching(/\S/)
      expect(await room.rejections()).toMatchObject([{ revision: 2, previous: 1, resend: false, reason }])
      expect(await room.connection()).toMatchObject({ status: 'active', attempts: 0 })
      await room.fault(undefined)
      await delivering.app.services.delivery.resend(room.id)
      await room.untilShown('Hungry', 'Pizza')
      await expect.poll(() => room.rejections()).toEqual([])
    })

    test('posts nothing while a person has paused it, and everything after the resume', async () => {
      const { room, poll } = await delivering.mirrored()
      await delivering.app.services.connections.pause(room.id)
      await delivering.comment(poll, 'Hungry')
      await delivering.comment(poll, 'Still hungry')
      await delivering.app.services.delivery.sweep()
      expect(await room.messages()).toHaveLength(1)
      await delivering.app.services.connections.resume(room.id)
      await room.untilShown('Hungry', 'Still hungry')
    })

    test('posts nothing more once a person has disconnected it', async () => {
      const { room, poll } = await delivering.mirrored()
      await delivering.app.services.connections.disconnect(room.id)
      await delivering.comment(poll, 'Hungry')
      await delivering.app.services.delivery.sweep()
      expect(await room.messages()).toHaveLength(1)
    })

    testIf('slow', 'of one poll does not hold up another', async () => {
      const room = await delivering.connect()
      const polls = [
        await createPoll(delivering.app.services.ballotBox, delivering.ann),
        await createPoll(delivering.app.services.ballotBox, delivering.ann),
      ] as const
      await room.untilMessages(2)
      faulty = room
      await room.fault({ kind: 'slow', ms: 1_500, times: 1, only: 'messages' })
      await delivering.comment(polls[0], 'Slow soup')
      await new Promise((resolve) => setTimeout(resolve, 300))
      await delivering.comment(polls[1], 'Quick soup')
      const soups = async () => (await room.messages()).slice(2).map(({ text }) => /(Slow|Quick) soup/.exec(text)?.[1])
      await expect.poll(soups).toEqual(['Quick', 'Slow'])
    })

    test('shows a poll that moves to another category as moved, and posts nothing after that', async () => {
      const { room, poll } = await delivering.mirrored({ category: 'Food' })
      const { services } = delivering.app
      await services.connections.change(room.id, { categories: ['Food'], eventKinds: [...eventKinds] })
      await delivering.submit(poll, { by: delivering.ann, type: 'edit', category: 'Travel' })
      await delivering.comment(poll, 'On the train')
      await room.untilShown('Travel')
      await services.delivery.sweep()
      await room.untilShown('Travel')
    })
  })

  testIf('hang', 'a stop does not wait for a silent chat', async () => {
    const slow = await Delivering.open(on.stage, { timeouts: { connectMs: 500, totalMs: 60_000 } })
    const { room, poll } = await slow.mirrored()
    await room.fault({ kind: 'hang' })
    on.stage.takeSent?.()
    await slow.comment(poll, 'Hungry')
    await expect.poll(() => on.stage.takeSent?.().length ?? 1).toBeGreaterThan(0)
    const start = performance.now()
    await slow.close()
    expect(performance.now() - start).toBeLessThan(10_000)
    await room.fault(undefined)
    expect(await room.messages()).toHaveLength(1)
    await expect.poll(() => on.stage.connections?.() ?? 0).toBe(0)
  })
}
