import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Entry, Outcome } from '../../../src/chat/chat.ts'
import { actionsOf } from '../../../src/chat/flowdock/posting/buttons.ts'
import { FlowdockClient } from '../../../src/chat/flowdock/posting/client.ts'
import type { FaultInput } from '../../../src/sandbox/faults/fault.ts'
import { disconnect } from '../../../src/sandbox/state/inbox.ts'
import type { FlowThread, InboxEntry, Source } from '../../../src/sandbox/state/types.ts'
import { type Box, openSandbox } from '../../sandbox/box.ts'
import { at, entry, option, poll } from '../../support/entries.ts'
import { picks } from '../../support/picks.ts'

const timeouts = { connectMs: 1_000, totalMs: 250 }
const publicUrl = new URL('https://polls.example.org')
const voted = entry([{ type: 'voted', choices: picks('o1') }])
const never = new AbortController().signal

let box: Box
let source: Source
let chat: FlowdockClient

beforeEach(async () => {
  box = await openSandbox()
  source = box.connect('Polls')
  chat = client()
})

const clock = () => new Date()

function client(totalMs = 5_000): FlowdockClient {
  const made = new FlowdockClient({ apiUrl: new URL(box.url), publicUrl, timeouts: { ...timeouts, totalMs }, clock })
  onTestFinished(() => made.close())
  return made
}

const flow = () => box.world.flows[0] ?? expect.fail('there is no flow')
const inbox = () =>
  flow()
    .messages.list()
    .filter((message): message is InboxEntry => 'author' in message)
const titles = () => inbox().map(({ title }) => title)
const thread = (): FlowThread => flow().threads.list()[0] ?? expect.fail('there is no thread')
const deliver = (what: Entry = voted, signal = never) => chat.deliver(source.flowToken, what, signal)

async function deliverWith(...faults: FaultInput[]): Promise<Outcome> {
  box.faults.set(...faults)
  return deliver()
}

describe('a delivered message', () => {
  test('arrives in the inbox, in a thread', async () => {
    expect(await deliver()).toEqual({ kind: 'sent' })
    expect(inbox()).toMatchObject([
      { event: 'activity', author: { name: 'Ann' }, title: 'voted for Pizza', uuid: voted.uuid, threadId: thread().id },
    ])
    expect(thread()).toMatchObject({
      externalId: 'polldock:poll:abcdefghijkmnpqr',
      title: 'Where to eat lunch?',
      externalUrl: 'https://polls.example.org/polls/where-to-eat-lunch-abcdefghijkmnpqr',
      status: { color: 'green', value: 'open' },
      actions: actionsOf(poll, false, publicUrl),
    })
    expect(thread().fields.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Pizza: ••••••••··\u00A075%, 3\u00A0votes',
      'Sushi: •••·······\u00A025%, 1\u00A0vote',
      'Falafel: ··········\u00A00%, 0\u00A0votes',
      'Total votes: 4',
    ])
  })

  test('continues in the same thread, which shows the newest state', async () => {
    await deliver(entry([{ type: 'created', title: '', description: '', optionsOpen: true, options: [] }]))
    const closed = { ...poll, status: 'closed' as const, closedAt: at }
    const outcome = { kind: 'winner' as const, options: ['o1'], votes: 3 }
    await deliver(entry([{ type: 'closed', outcome }], { poll: closed }))
    expect(titles()).toEqual(['asks: Where to eat lunch?', 'closed the poll. Winner: Pizza'])
    expect(flow().threads.list()).toHaveLength(1)
    expect(thread()).toMatchObject({ activities: 2, status: { color: 'grey', value: 'closed' } })
  })

  test('is a discussion when it is a comment', async () => {
    await deliver(entry([{ type: 'commented', body: 'See example.org\n& more' }]))
    const body = 'See <a href="https://example.org" rel="nofollow">example.org</a><br />&amp; more'
    expect(inbox()).toMatchObject([{ event: 'discussion', title: 'commented', body }])
  })

  test('is accepted for the largest poll, with the longest and most difficult texts', async () => {
    const long = `<"&'>`.repeat(40)
    const options = Array.from({ length: 50 }, (_, index) => option(`o${index}`, '👩‍👩‍👧'.repeat(25) + index, 1))
    const large = {
      ...poll,
      title: long,
      description: `"${'a.co '.repeat(999)}`,
      options: [option('o', long, 1), ...options],
    }
    const outcome = { kind: 'tie' as const, options: large.options.map(({ id }) => id), votes: 1 }
    expect(await deliver(entry([{ type: 'closed', outcome }], { poll: large }))).toEqual({ kind: 'sent' })
    expect(await deliver(entry([{ type: 'commented', body: `"'`.repeat(2_500) }], { poll: large }))).toEqual({
      kind: 'sent',
    })
    expect(thread().fields).toHaveLength(52)
    expect(thread().fields[0]?.label).toMatch(/^<"&'></)
    expect(thread().title).toBe('&lt;"&amp;\'&gt;'.repeat(40))
  })

  test('shows a deleted poll as such', async () => {
    await deliver()
    await deliver(entry([{ type: 'deleted' }], { poll: { ...poll, deletedAt: at } }))
    expect(thread()).toMatchObject({
      status: { color: 'black', value: 'deleted' },
      externalUrl: null,
      fields: [],
      actions: [],
    })
  })
})

describe('the outcome', () => {
  test('of a removed source says that it is gone', async () => {
    disconnect(flow(), source)
    expect(await deliver()).toEqual({ kind: 'gone', reason: 'The source was removed in Flowdock.' })
  })

  test('of an unknown token is a refusal', async () => {
    expect(await chat.deliver('deadbeef', voted, never)).toEqual({
      kind: 'unauthorized',
      reason: expect.stringContaining('401: This flow_token is unknown'),
    })
  })

  test('of an invalid message says why', async () => {
    const nameless = entry([
      { revision: 1, actor: { id: 'x', name: '', isSignedIn: true }, at, facts: { type: 'reopened' } },
    ])
    expect(await deliver(nameless)).toEqual({
      kind: 'invalid',
      reason: "Flowdock answered 400: author.name can't be blank.",
    })
    expect(inbox()).toEqual([])
  })

  test('of a busy or broken Flowdock is to retry, with the time', async () => {
    expect(await deliverWith({ kind: 'status', status: 429, retryAfter: 7 })).toEqual({
      kind: 'later',
      reason: 'Flowdock answered 429: The sandbox was asked to answer 429.',
      afterMs: 7_000,
    })
    expect(await deliverWith({ kind: 'status', status: 500 })).toEqual({
      kind: 'later',
      reason: 'Flowdock answered 500: The sandbox was asked to answer 500.',
    })
  })

  test.each(['close', 'reset'] as const)('of a broken connection (%s) is to retry', async (kind) => {
    expect(await deliverWith({ kind })).toEqual({
      kind: 'later',
      reason: expect.stringMatching(/^The connection to Flowdock broke before a response came \((ECONN|UND_ERR_S)/),
    })
    expect(inbox()).toEqual([])
  })

  test('of a timeout is to retry', async () => {
    chat = client(250)
    expect(await deliverWith({ kind: 'hang' })).toEqual({
      kind: 'later',
      reason: 'Flowdock did not answer within 0.25 seconds.',
    })
  })

  test('of an aborted delivery is to retry, at once', async () => {
    box.faults.set({ kind: 'hang' })
    const reason = 'The request to Flowdock was aborted.'
    expect(await deliver(voted, AbortSignal.timeout(30))).toEqual({ kind: 'later', reason })
    expect(await deliver(voted, AbortSignal.abort())).toEqual({ kind: 'later', reason })
  })
})

describe('an error', () => {
  const shown = () => box.world.sources.get(source.id)?.errorMessage

  test('is cut when it is long', async () => {
    expect(await chat.showError(source.flowToken, 'x'.repeat(10_000), never)).toBe(true)
    expect(shown()).toHaveLength(500)
  })

  test('that cannot be shown causes no failure', async () => {
    box.faults.set({ kind: 'status', status: 500, times: 1 }, { kind: 'reset', times: 1 })
    expect(await chat.showError(source.flowToken, 'x', never)).toBe(false)
    expect(await chat.showError(source.flowToken, 'x', never)).toBe(false)
    expect(await chat.showError('deadbeef', 'x', never)).toBe(false)
  })
})
