import { describe, expect, test } from 'vitest'
import type { Thread as ChatThread, Entry, Outcome, ThreadToRefresh } from '../../src/chat/chat.ts'
import { startWithSnapshot } from '../../src/chat/connections/mirrors.ts'
import type { Delivered, DeliveryContext } from '../../src/chat/delivery/context.ts'
import type { DeliveryCursor, RejectedRange } from '../../src/chat/delivery/cursor.ts'
import type { ConnectionHealth } from '../../src/chat/delivery/health.ts'
import { maxSingleVotes, messageUuid } from '../../src/chat/delivery/messages.ts'
import { deliverThread, type HealthChange } from '../../src/chat/delivery/run.ts'
import { eventKinds } from '../../src/chat/wording.ts'
import type { PollEvent } from '../../src/polls/model/events.ts'
import { eventsOf } from '../support/events-of.ts'
import { noon } from '../support/poll-log.ts'

type Cursor = { revision: number; inFlightRevision: number | null; renderedRevision?: number | undefined }
type Answer = Outcome | 'end' | 'end now' | 'sent, end now' | 'taken' | 'marked' | 'crash'

/** A thread with its cursor in memory, and a chat with prepared responses: by default it accepts every message. */
class Thread {
  readonly log: PollEvent[]
  cursor: Cursor
  readonly moves: Cursor[] = []
  readonly posted: Entry[] = []
  readonly answers: Answer[] = []
  rejections: (RejectedRange & { resend?: boolean; reason?: string })[] = []
  readonly notes: unknown[] = []
  readonly observed: Delivered[] = []
  waitMs = 0
  now = noon
  finalRevision: number | null = null
  isActive = true
  mayPost = true
  isRecovered = false
  errorShown = false
  /** Another process moves the cursor before ours does. */
  isTaken = false
  /** The database is lost after the first message. */
  isDatabaseLost = false
  retryMs: number | undefined = 300
  isObserved = true
  eventKinds: string[] = [...eventKinds]
  /** What the chat remembers; without it the chat cannot show the state of a poll. */
  remembered: ChatThread | undefined
  readonly refreshed: ThreadToRefresh[] = []

  constructor(letters: string, cursor: Cursor = { revision: 0, inFlightRevision: null }) {
    this.log = eventsOf(letters)
    this.cursor = cursor
  }

  /** The change of the connection's health after the last run. */
  health: HealthChange | undefined

  /** The result of a run, and the revisions that it posted. */
  async run(): Promise<[moreAfterMs: number | undefined, posted: number[][]]> {
    const [drain, abort] = [new AbortController(), new AbortController()]
    const before = this.posted.length
    const signals = { drain: drain.signal, abort: abort.signal }
    const key = { pollId: 'lunch', connectionId: 'there' }
    const { moreAfterMs, health, error } = await deliverThread(this.#context(drain, abort), key, signals)
    this.health = health
    if (error) throw error
    return [moreAfterMs, this.posted.slice(before).map(({ events }) => events.map(({ revision }) => revision))]
  }

  get at(): [revision: number, inFlightRevision: number | null] {
    return [this.cursor.revision, this.cursor.inFlightRevision]
  }

  #cursor(): DeliveryCursor {
    const connection = {
      ...{ id: 'there', chat: 'flowdock', isActive: true, credentials: 'sealed' },
      ...{ eventKinds: this.eventKinds, errorShown: this.errorShown },
    }
    const poll = { id: 'lunch', revision: this.log.length }
    const { revision, inFlightRevision } = this.cursor
    const hasResends = this.rejections.some(({ resend }) => resend)
    const position = {
      pollId: 'lunch',
      connectionId: 'there',
      revision,
      inFlightRevision,
      finalRevision: this.finalRevision,
      hasResends,
    }
    return { ...position, poll, connection, thread: this.remembered ?? null } as DeliveryCursor
  }

  #chat(drain: AbortController, abort: AbortController) {
    const deliver = async (credentials: string, entry: Entry, signal: AbortSignal): Promise<Outcome> => {
      expect([credentials, signal]).toEqual(['key', abort.signal])
      this.posted.push(entry)
      const answer = this.answers.shift() ?? { kind: 'sent' }
      if (answer === 'crash') throw new Error('killed')
      if (typeof answer !== 'string') return answer
      if (answer.includes('end')) drain.abort()
      if (answer.includes('now')) abort.abort()
      this.isTaken = answer === 'taken'
      if (answer === 'marked') this.cursor = { ...this.cursor, inFlightRevision: 3 }
      return answer === 'end now' ? { kind: 'later', reason: 'broken off' } : { kind: 'sent' }
    }
    const description = {
      key: 'irc',
      name: 'IRC',
      room: 'channel',
      fullRoom: 'an IRC channel',
      connectPath: '/irc',
      formOrigins: [],
    }
    const refresh = async (_: string, about: ThreadToRefresh): Promise<Outcome> => {
      this.refreshed.push(about)
      const answer = this.answers.shift()
      return typeof answer === 'object' ? answer : { kind: 'sent' }
    }
    const posting = { description, deliver, takesVotes: () => true, showError: async () => true, close: async () => {} }
    return { ...posting, ...(this.remembered && { refresh }) }
  }

  #context(drain: AbortController, abort: AbortController): DeliveryContext {
    const note =
      (what: string, answer?: unknown) =>
      async (_connection: unknown, ...said: unknown[]) => {
        this.notes.push([what, ...said])
        return answer
      }
    const health = {
      isResting: () => false,
      isActive: async () => this.isActive,
      claimRetry: async () => this.mayPost,
      answered: async (_: unknown, isTaken: boolean) => {
        this.notes.push(['answered', isTaken])
        return this.isRecovered
      },
      failed: note('failed', this.retryMs),
      pause: note('pause'),
      retire: note('retire'),
    } as unknown as ConnectionHealth
    const cursors = {
      read: async () => this.#cursor(),
      move: async (from: Cursor, to: Cursor) => {
        const isCurrent =
          this.cursor.revision === from.revision && this.cursor.inFlightRevision === from.inFlightRevision
        if (this.isTaken || !isCurrent) return false
        if (this.isDatabaseLost && this.posted.length > 0) throw new Error('The database is gone')
        this.cursor = { ...to }
        this.moves.push(this.cursor)
        return true
      },
      profiles: async (chat: string, ids: string[]) => new Map(ids.map((id) => [id, { chat }])),
      reject: async (_: unknown, { previous, revision }: RejectedRange, reason: string, now: Date) => {
        expect(now).toBe(noon)
        this.rejections = this.rejections.filter((one) => one.revision !== revision)
        this.rejections.push({ previous, revision, reason })
      },
      resends: async () => this.rejections.filter(({ resend }) => resend),
      forget: async (_: unknown, revision: number) => {
        this.rejections = this.rejections.filter((one) => one.revision !== revision)
      },
    }
    const polls = {
      events: async (_: string, { after = 0, before, limit }: { after?: number; before?: number; limit: number }) =>
        before
          ? this.log
              .slice(0, before - 1)
              .toReversed()
              .slice(0, limit)
          : this.log.slice(after, after + limit),
    }
    const pace = {
      take: (thread: string) => {
        expect(thread).toBe('lunch there')
        return this.waitMs
      },
    }
    expect(drain.signal.aborted).toBe(false)
    const observe = this.isObserved && { observe: (delivered: Delivered) => void this.observed.push(delivered) }
    const hold = { quietMs: 5_000, maxMs: 30_000 }
    const chats = new Map([['flowdock', this.#chat(drain, abort)]])
    const credentials = { open: async () => 'key' }
    const run = { chats, credentials, pace, hold, clock: () => this.now, runMs: 60_000 }
    const given = { cursors, health, polls, ...run, ...observe }
    return given as unknown as DeliveryContext
  }
}

describe('a run', () => {
  test('delivers in order, and marks each message before it is posted', async () => {
    const thread = new Thread('ecv')
    expect(await thread.run()).toEqual([undefined, [[1], [2], [3]]])
    expect(thread.moves).toEqual([
      { revision: 0, inFlightRevision: 1, renderedRevision: undefined },
      { revision: 1, inFlightRevision: 2, renderedRevision: 3 },
      { revision: 2, inFlightRevision: 3, renderedRevision: 3 },
      { revision: 3, inFlightRevision: null, renderedRevision: 3 },
    ])
    expect(thread.posted[1]).toMatchObject({ uuid: messageUuid('there', 'lunch', 2), movedAway: false })
    expect(thread.posted[1]?.profiles.get('ann')).toEqual({ chat: 'flowdock' })
    expect(await thread.run()).toEqual([undefined, []])
    expect(thread.moves).toHaveLength(4)
  })

  test('moves the cursor over events that the connection does not want', async () => {
    const thread = new Thread('vcv')
    thread.eventKinds = ['comments']
    expect(await thread.run()).toEqual([undefined, [[2]]])
    expect(thread.at).toEqual([3, null])
    thread.log.push(...eventsOf('vv', 3))
    expect(await thread.run()).toEqual([undefined, []])
    expect(thread.at).toEqual([5, null])
  })

  test('waits with votes, and says how long', async () => {
    const thread = new Thread('cv')
    thread.waitMs = 700
    expect(await thread.run()).toEqual([700, [[1]]])
    expect(thread.at).toEqual([1, null])
    thread.waitMs = 0
    expect(await thread.run()).toEqual([undefined, [[2]]])
  })

  test('posts a first vote at once, and what the person changes after it when they have stopped', async () => {
    const thread = new Thread('A')
    thread.now = new Date(0)
    expect(await thread.run()).toEqual([undefined, [[1]]])
    thread.log.push(...eventsOf('AAA', 1))
    expect(await thread.run()).toEqual([1_000, []])
    expect(thread.at).toEqual([1, null])
    thread.now = new Date(5_000)
    thread.answers.push('crash')
    await expect(thread.run()).rejects.toThrow('killed')
    thread.log.push(...eventsOf('A', 4))
    expect(await thread.run()).toEqual([undefined, [[2, 3, 4], [5]]])
    expect(thread.posted.map(({ uuid }) => uuid)).toEqual([1, 4, 4, 5].map((at) => messageUuid('there', 'lunch', at)))
  })

  test('posts a message again when its answer was lost, with the same id', async () => {
    const thread = new Thread('c'.repeat(2))
    thread.answers.push({ kind: 'sent' }, 'crash')
    await expect(thread.run()).rejects.toThrow('killed')
    expect(thread.at).toEqual([1, 2])
    thread.log.push(...eventsOf('c', 2))
    expect(await thread.run()).toEqual([undefined, [[2], [3]]])
    expect(thread.posted.map(({ uuid }) => uuid)).toEqual([1, 2, 2, 3].map((at) => messageUuid('there', 'lunch', at)))
  })

  test('adds no votes to a message in flight', async () => {
    const votes = 'v'.repeat(maxSingleVotes + 1)
    const thread = new Thread(votes)
    thread.answers.push('crash')
    await expect(thread.run()).rejects.toThrow('killed')
    thread.log.push(...eventsOf('v', maxSingleVotes + 1))
    expect(await thread.run()).toEqual([undefined, [[1, 2, 3, 4, 5, 6], [7]]])
  })

  test('stops after the message under way, and the next run continues', async () => {
    const thread = new Thread('ccc')
    thread.answers.push('end')
    expect(await thread.run()).toEqual([0, [[1]]])
    expect(thread.at).toEqual([1, 2])
    expect(await thread.run()).toEqual([undefined, [[2], [3]]])
    expect(thread.at).toEqual([3, null])
  })

  test('that is aborted records no failure, and the message is posted again', async () => {
    const thread = new Thread('cc')
    thread.answers.push('end now')
    expect(await thread.run()).toEqual([0, [[1]]])
    expect([thread.at, thread.notes, thread.observed]).toEqual([[0, 1], [], []])
    expect(await thread.run()).toEqual([undefined, [[1], [2]]])
  })

  test('stops when another process has moved the cursor', async () => {
    const thread = new Thread('ccc')
    thread.isTaken = true
    expect(await thread.run()).toEqual([undefined, []])
    thread.isTaken = false
    thread.log.push(...eventsOf('v', 3))
    thread.waitMs = 700
    thread.answers.push('taken')
    expect(await thread.run()).toEqual([undefined, [[1]]])
    expect(thread.at).toEqual([0, 1])
  })

  test('stops when another process has marked another message', async () => {
    const thread = new Thread('ccc')
    thread.answers.push('marked')
    expect(await thread.run()).toEqual([undefined, [[1]]])
    expect(thread.at).toEqual([0, 3])
  })

  test('delivers up to the final revision, with the notice that the poll moved', async () => {
    const thread = new Thread('ccc')
    thread.finalRevision = 2
    const moved = { type: 'edited', category: { from: 'Food', to: 'Games' } } as const
    thread.log[1] = { ...(thread.log[1] as PollEvent), facts: moved }
    expect(await thread.run()).toEqual([undefined, [[1], [2]]])
    expect(thread.posted.map(({ movedAway }) => movedAway)).toEqual([false, true])
    expect(thread.at).toEqual([2, null])
  })
})

describe('a thread that starts with a snapshot', () => {
  const begun = () => new Thread('evvcc', { revision: 3, inFlightRevision: startWithSnapshot })

  test('gets the creation, then later events', async () => {
    const thread = begun()
    expect(await thread.run()).toEqual([undefined, [[1], [5]]])
    expect(thread.moves[0]).toEqual({ revision: 4, inFlightRevision: null, renderedRevision: 5 })
    expect([...(thread.posted[0]?.profiles.keys() ?? [])]).toEqual(['ann'])
    expect(thread.at).toEqual([5, null])
  })

  test('starts again when the post failed', async () => {
    const thread = begun()
    thread.answers.push({ kind: 'later', reason: 'busy' })
    expect(await thread.run()).toEqual([undefined, [[1]]])
    expect(thread.at).toEqual([3, startWithSnapshot])
    thread.answers.push('end')
    expect(await thread.run()).toEqual([0, [[1]]])
    expect(thread.at).toEqual([4, null])
    expect(await thread.run()).toEqual([undefined, [[5]]])
  })

  test('is not posted twice when another process did it', async () => {
    const thread = begun()
    thread.isTaken = true
    expect(await thread.run()).toEqual([undefined, [[1]]])
    const empty = new Thread('', { revision: 0, inFlightRevision: startWithSnapshot })
    expect(await empty.run()).toEqual([undefined, []])
    expect(empty.at).toEqual([0, startWithSnapshot])
  })
})

describe('the chat’s response', () => {
  test.each<[Outcome, posted: number[][], at: [number, number | null], notes: unknown[]]>([
    [{ kind: 'later', reason: 'busy', afterMs: 50 }, [[1]], [0, 1], [['failed', 'busy', 50]]],
    [{ kind: 'unauthorized', reason: 'no' }, [[1]], [0, 1], [['pause', 'no']]],
    [{ kind: 'gone', reason: 'away' }, [[1]], [0, 1], [['retire', 'away']]],
    [
      { kind: 'sent' },
      [[1], [2]],
      [2, null],
      [
        ['answered', true],
        ['answered', true],
      ],
    ],
    [
      { kind: 'invalid', reason: 'bad' },
      [[1], [2]],
      [2, null],
      [
        ['answered', false],
        ['answered', true],
      ],
    ],
  ])('%j', async (outcome, posted, at, notes) => {
    const thread = new Thread('cc')
    thread.answers.push(outcome)
    expect(await thread.run()).toEqual([undefined, posted])
    expect([thread.at, thread.notes]).toEqual([at, notes])
    expect(thread.health).toEqual(outcome.kind === 'later' ? { kind: 'failing', retryAfterMs: 300 } : undefined)
    expect(thread.observed[0]).toEqual({
      ...{ connectionId: 'there', outcome: outcome.kind, eventsAt: [new Date(0)], now: noon },
    })
  })

  test('counts although the process stops meanwhile', async () => {
    const thread = new Thread('c')
    thread.answers.push('sent, end now')
    expect(await thread.run()).toEqual([undefined, [[1]]])
    expect([thread.at, thread.observed.length]).toEqual([[1, null], 1])
  })

  test('is not reported when another thread has recorded the failure', async () => {
    const thread = new Thread('c')
    thread.retryMs = undefined
    thread.answers.push({ kind: 'later', reason: 'busy' })
    await thread.run()
    expect(thread.notes).toEqual([['failed', 'busy', undefined]])
    expect(thread.health).toBeUndefined()
  })

  test('works without an observer', async () => {
    const thread = new Thread('c')
    thread.isObserved = false
    expect(await thread.run()).toEqual([undefined, [[1]]])
  })

  test('ends the run when a failing connection works again, for the worker to wake its other threads', async () => {
    const thread = new Thread('cc')
    thread.isRecovered = true
    expect(await thread.run()).toEqual([0, [[1]]])
    expect([thread.at, thread.health]).toEqual([[1, 2], { kind: 'recovered' }])
    thread.isRecovered = false
    expect(await thread.run()).toEqual([undefined, [[2]]])
    expect(thread.health).toBeUndefined()
  })

  test('is reported also if the run cannot go on', async () => {
    const thread = new Thread('cc')
    thread.isRecovered = true
    thread.isDatabaseLost = true
    await expect(thread.run()).rejects.toThrow('The database is gone')
    expect(thread.health).toEqual({ kind: 'recovered' })
  })

  test('tells the worker that the chat of a working connection still shows an error', async () => {
    const thread = new Thread('cc')
    thread.errorShown = true
    expect(await thread.run()).toEqual([undefined, [[1], [2]]])
    expect(thread.health).toEqual({ kind: 'errorOutdated' })
  })

  test('a rejected message renders nothing, and is stored with its first revision', async () => {
    const thread = new Thread('vvvvvvc')
    thread.answers.push({ kind: 'invalid', reason: 'bad' })
    expect(await thread.run()).toEqual([undefined, [[1, 2, 3, 4, 5, 6], [7]]])
    expect(thread.rejections).toEqual([{ previous: 0, revision: 6, reason: 'bad' }])
    expect(thread.moves.map(({ renderedRevision }) => renderedRevision)).toEqual([undefined, undefined, 7])
  })
})

test('a message of which more is left to do is posted again at once, with the thread that the chat returned', async () => {
  const thread = new Thread('cc')
  thread.answers.push({ kind: 'sent', thread: { id: 'first' }, isUnfinished: true })
  expect(await thread.run()).toEqual([0, [[1]]])
  expect([thread.at, thread.moves.at(-1)]).toMatchObject([[0, 1], { thread: { id: 'first' } }])
  expect(thread.observed).toEqual([])
  expect(await thread.run()).toEqual([undefined, [[1], [2]]])
  expect(thread.posted.map(({ uuid }) => uuid)).toEqual([1, 1, 2].map((at) => messageUuid('there', 'lunch', at)))
})

describe('events that are not posted', () => {
  const quiet = (letters: string) => {
    const thread = new Thread(letters)
    thread.eventKinds = ['lifecycle']
    thread.remembered = { id: 'first' }
    return thread
  }

  test('refresh a thread that shows the poll, once for all of them, at the pace of votes', async () => {
    const thread = quiet('vvv')
    thread.waitMs = 700
    expect(await thread.run()).toEqual([700, []])
    expect([thread.at, thread.refreshed]).toEqual([[0, null], []])
    thread.waitMs = 0
    expect(await thread.run()).toEqual([undefined, []])
    expect(thread.refreshed).toMatchObject([{ poll: { revision: 3 }, thread: { id: 'first' } }])
    expect(thread.moves).toMatchObject([{ revision: 3, renderedRevision: 3 }])
  })

  test('wait for the next run if the chat cannot show them now, or has more to do', async () => {
    const thread = quiet('v')
    thread.answers.push({ kind: 'later', reason: 'busy' })
    expect(await thread.run()).toEqual([undefined, []])
    expect([thread.at, thread.health]).toEqual([[0, null], { kind: 'failing', retryAfterMs: 300 }])
    thread.answers.push({ kind: 'sent', thread: { id: 'second' }, isUnfinished: true })
    expect(await thread.run()).toEqual([0, []])
    expect([thread.at, thread.moves]).toMatchObject([[0, null], [{ thread: { id: 'second' } }]])
  })

  test('are not shown if they are comments, or if the thread has a message anyway', async () => {
    const thread = quiet('cv')
    thread.eventKinds = ['votes']
    await thread.run()
    thread.log.push(...eventsOf('c', 2))
    await thread.run()
    expect([thread.at, thread.refreshed]).toEqual([[3, null], []])
  })
})

test('permission to post is asked before the first message, and the connection’s status before each later one', async () => {
  const thread = new Thread('cc')
  thread.mayPost = false
  expect(await thread.run()).toEqual([undefined, []])
  expect(thread.at).toEqual([0, 1])
  thread.mayPost = true
  thread.isActive = false
  expect(await thread.run()).toEqual([undefined, [[1]]])
  expect(thread.at).toEqual([1, 2])
})

describe('rejected messages that are posted again', () => {
  const again = (letters: string, rejections: RejectedRange[]) => {
    const thread = new Thread(letters, { revision: letters.length, inFlightRevision: null })
    thread.rejections = rejections.map((one) => ({ ...one, resend: true }))
    return thread
  }

  test('are posted unchanged, in order, before new events, then forgotten', async () => {
    const thread = again('vvvvvvcc', [
      { previous: 0, revision: 6 },
      { previous: 6, revision: 7 },
    ])
    thread.log.push(...eventsOf('c', 8))
    expect(await thread.run()).toEqual([undefined, [[1, 2, 3, 4, 5, 6], [7], [9]]])
    expect([thread.rejections, thread.at]).toEqual([[], [9, null]])
  })

  test('stay when they are rejected again or cannot be posted', async () => {
    const thread = again('cc', [{ previous: 0, revision: 1 }])
    thread.answers.push({ kind: 'invalid', reason: 'still bad' })
    expect(await thread.run()).toEqual([undefined, [[1]]])
    expect(thread.rejections).toEqual([{ previous: 0, revision: 1, reason: 'still bad' }])
    const later = again('cc', [{ previous: 0, revision: 1 }])
    later.log.push(...eventsOf('c', 2))
    later.answers.push({ kind: 'later', reason: 'busy' })
    expect(await later.run()).toEqual([undefined, [[1]]])
    expect([later.rejections.length, later.at]).toEqual([1, [2, null]])
  })

  test('waits for the next run when this one has to stop', async () => {
    const thread = again('cc', [
      { previous: 0, revision: 1 },
      { previous: 1, revision: 2 },
    ])
    thread.answers.push('end')
    expect(await thread.run()).toEqual([0, [[1]]])
    expect(thread.rejections.map(({ revision }) => revision)).toEqual([2])
  })

  test('are forgotten when the log has no such events', async () => {
    const thread = again('c', [{ previous: 1, revision: 1 }])
    expect(await thread.run()).toEqual([undefined, []])
    expect(thread.rejections).toEqual([])
  })
})
