import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../src/chat/chat.ts'
import { type PollMethod, pollMethods } from '../../../src/polls/model/poll-rules.ts'
import { type DirectRoom, never, type OnStage, shortTime } from './on-stage.ts'
import type { ChatFault, StagedRoom } from './stage.ts'
import { about, commented } from './staged-entries.ts'

/** How much longer than its time limit a request may take on a busy machine, in milliseconds. */
const graceMs = 2_000
const manyAtOnce = 20

/** What `Chat.deliver` and `Chat.showError` answer, and within which time. */
export function outcomeCases(on: OnStage): void {
  const { testIf } = on

  describe('a message', () => {
    test('that was accepted is in the room, with the name of the person', async () => {
      const room = await on.room()
      expect(await room.deliver(commented('Hungry'))).toMatchObject({ kind: 'sent' })
      const texts = await room.texts()
      expect(texts).toHaveLength(1)
      expect(texts[0]).toContain('Hungry')
      expect(texts[0]).toContain('Ann')
    })

    test('comes after the messages before it', async () => {
      const room = await on.room()
      const words = ['First', 'Second', 'Third', 'Fourth', 'Fifth']
      for (const word of words) expect(await room.deliver(commented(word))).toMatchObject({ kind: 'sent' })
      expect((await room.texts()).map((text) => words.find((word) => text.includes(word)))).toEqual(words)
    })

    test('goes to its room only', async () => {
      const [here, there] = [await on.room(), await on.room()]
      await here.deliver(commented('Hungry'))
      expect([(await here.texts()).length, (await there.texts()).length]).toEqual([1, 0])
    })
  })

  describe('the outcome', () => {
    testIf('lost answer', 'of a lost answer is to retry, and the repeat is the same message', async () => {
      const room = await on.room()
      const message = commented('Hungry')
      await room.fault({ kind: 'lost answer', times: 1, only: 'messages' })
      expectToRetry(await room.deliver(message))
      expect(await room.deliver(message)).toMatchObject({ kind: 'sent' })
      const shown = await room.staged.messages()
      expect(new Set(shown.map(({ id }) => id)).size).toBe(1)
      expect(new Set(shown.map(({ text }) => text)).size).toBe(1)
      if (on.stage.showsRepeatsOnce) expect(shown).toHaveLength(1)
    })

    const unavailable: [string, ChatFault][] = [
      ['an error of the server', { kind: 'answer', status: 500 }],
      ['a server that is overloaded', { kind: 'answer', status: 503, body: '<h1>Busy</h1>' }],
      ['a gateway without a server', { kind: 'answer', status: 502, headers: { 'content-type': 'text/html' } }],
      ['a request that was too slow for the server', { kind: 'answer', status: 408 }],
      ['a closed connection', { kind: 'close' }],
      ['a dropped connection', { kind: 'drop' }],
      ['a server that is down', { kind: 'down' }],
      ['a server that does not speak HTTP', { kind: 'no http' }],
    ]
    for (const [what, fault] of unavailable)
      testIf(fault.kind, `of ${what} is to retry, until it works`, async () => {
        const room = await on.room()
        await room.fault(fault)
        expectToRetry(await room.deliver(commented('Hungry')))
        await room.fault(undefined)
        expect(await room.deliver(commented('Still hungry'))).toMatchObject({ kind: 'sent' })
        expect(await room.texts()).toEqual([expect.stringContaining('Still hungry')])
      })

    testIf('rate limit', 'of too many messages is to retry, after the time that the chat says', async () => {
      const room = await on.room()
      await room.fault({ kind: 'rate limit', seconds: 7 })
      const outcome = expectToRetry(await room.deliver(commented('Hungry')))
      expect(outcome.afterMs).toBeGreaterThan(5_000)
      expect(outcome.afterMs).toBeLessThanOrEqual(8_000)
    })

    for (const kind of ['gone', 'unauthorized', 'invalid'] as const)
      testIf(kind, `says so: ${kind}`, async () => {
        const room = await on.room()
        await room.fault({ kind })
        const outcome = await room.deliver(commented('Hungry'))
        expect(outcome).toMatchObject({ kind })
        expectReason(outcome, room)
        expect(await room.texts()).toEqual([])
      })

    test('of credentials that make no sense is an error', async () => {
      const room = await on.room()
      for (const credentials of ['', '{}', '[null]', '\u0000', 'x'.repeat(10_000)]) {
        const outcome = await room.chat.deliver(credentials, commented('Hungry'), never)
        expect(['unauthorized', 'gone', 'later', 'invalid']).toContain(outcome.kind)
      }
      expect(await room.texts()).toEqual([])
    })

    testIf('answer', 'of a redirect is to retry, without going there', async () => {
      const [room, elsewhere] = [await on.room(), await on.room()]
      await room.fault({ kind: 'answer', status: 307, headers: { location: '/elsewhere' }, only: 'messages' })
      expectToRetry(await room.deliver(commented('Hungry')))
      expect([await room.texts(), await elsewhere.texts()]).toEqual([[], []])
    })
  })

  describe('within its time limit', () => {
    testIf('hang', 'a request without an answer ends', async () => {
      const room = await on.room(shortTime)
      await room.fault({ kind: 'hang' })
      const { outcome, ms } = await timed(() => room.deliver(commented('Hungry')))
      expectToRetry(outcome)
      expect(ms).toBeLessThan(shortTime.totalMs + graceMs)
    })

    testIf('slow', 'a slow answer is an answer', async () => {
      const room = await on.room()
      await room.fault({ kind: 'slow', ms: 100 })
      expect(await room.deliver(commented('Hungry'))).toMatchObject({ kind: 'sent' })
    })

    const strange: [string, ChatFault][] = [
      ...[200, 400, 403, 500].flatMap((status) =>
        strangeBodies.map(([what, answer]): [string, ChatFault] => [
          `${status} with ${what}`,
          { kind: 'answer', status, ...answer },
        ]),
      ),
      ['200 with an endless body', { kind: 'endless', status: 200 }],
      ['500 with an endless body', { kind: 'endless', status: 500 }],
      ['200 without the body', { kind: 'half', status: 200 }],
      ['400 without the body', { kind: 'half', status: 400 }],
      ['200 with half of the body', { kind: 'cut', status: 200 }],
      ['403 with half of the body', { kind: 'cut', status: 403 }],
      ['204', { kind: 'answer', status: 204 }],
      ['an unknown status', { kind: 'answer', status: 599 }],
    ]
    for (const [what, fault] of strange)
      testIf(fault.kind, `a strange answer has an outcome: ${what}`, async () => {
        const room = await on.room(shortTime)
        await room.fault(fault)
        const { outcome, ms } = await timed(() => room.deliver(commented('Hungry')))
        expect(['sent', 'later', 'gone', 'unauthorized', 'invalid']).toContain(outcome.kind)
        if (fault.kind === 'answer' && fault.status >= 500) expect(outcome.kind).toBe('later')
        if (outcome.kind !== 'sent') expectReason(outcome, room)
        expect(ms).toBeLessThan(shortTime.totalMs + graceMs)
      })

    testIf('hang', 'requests that hang do not delay others', async () => {
      const room = await on.room()
      await room.fault({ kind: 'hang', times: manyAtOnce, only: 'messages' })
      const stop = new AbortController()
      const hanging = Array.from({ length: manyAtOnce }, (_, index) =>
        room.deliver(commented(`Hungry ${index}`), stop.signal),
      )
      await expect
        .poll(async () => (await room.deliver(commented('Also hungry'), AbortSignal.timeout(1_000))).kind)
        .toBe('sent')
      stop.abort()
      expect(new Set((await Promise.all(hanging)).map(({ kind }) => kind))).toEqual(new Set(['later']))
    })
  })

  describe('a request that is aborted', () => {
    test('before it starts is to retry', async () => {
      const room = await on.room()
      expectToRetry(await room.deliver(commented('Hungry'), AbortSignal.abort()))
      expect((await room.chat.showError?.(room.staged.credentials, 'No', AbortSignal.abort())) ?? false).toBe(false)
      expect(await room.texts()).toEqual([])
    })

    testIf('hang', 'while it waits ends at once', async () => {
      const room = await on.room({ connectMs: 60_000, totalMs: 60_000 })
      await room.fault({ kind: 'hang' })
      const { outcome, ms } = await timed(() => room.deliver(commented('Hungry'), AbortSignal.timeout(50)))
      expectToRetry(outcome)
      expect(ms).toBeLessThan(50 + graceMs)
    })

    testIf('hang', 'as the chat is closed ends at once, and leaves no connection open', async () => {
      const room = await on.room({ connectMs: 60_000, totalMs: 60_000 })
      await room.deliver(commented('Hungry'))
      await room.fault({ kind: 'hang' })
      const waiting = timed(() => room.deliver(commented('Still hungry')))
      await sleep(50)
      await expect.poll(() => on.stage.connections?.() ?? 1).toBeGreaterThan(0)
      await room.chat.close()
      const { outcome, ms } = await waiting
      expectToRetry(outcome)
      expect(ms).toBeLessThan(50 + graceMs)
      await expect.poll(() => on.stage.connections?.() ?? 0).toBe(0)
    })
  })

  test('a closed chat posts nothing, and can be closed again', async () => {
    const room = await on.room()
    await room.chat.close()
    expectToRetry(await room.deliver(commented('Hungry')))
    expect((await room.chat.showError?.(room.staged.credentials, 'No', never)) ?? false).toBe(false)
    await room.chat.close()
    expect(await room.texts()).toEqual([])
  })

  describe('an error', () => {
    test('is shown in the room and cleared, if the chat can show one', async ({ skip }) => {
      const room = await on.room()
      const { error, credentials } = room.staged
      skip(!error, 'The chat shows no errors.')
      expect(await room.chat.showError?.(credentials, 'Polldock cannot post here.', never)).toBe(true)
      expect(await error?.()).toContain('Polldock cannot post here.')
      expect(await room.chat.showError?.(credentials, `${'💥'.repeat(5_000)}`, never)).toBe(true)
      expect(await room.chat.showError?.(credentials, '', never)).toBe(true)
      expect(await error?.()).toBe('')
    })

    const faults: ChatFault[] = [
      { kind: 'answer', status: 500 },
      { kind: 'answer', status: 403, body: 'null' },
      { kind: 'hang' },
      { kind: 'drop' },
      { kind: 'down' },
      { kind: 'no http' },
      { kind: 'half', status: 500 },
    ]
    for (const fault of faults)
      testIf(fault.kind, `that cannot be shown is not shown: ${JSON.stringify(fault)}`, async () => {
        const room = await on.room(shortTime)
        await room.fault(fault)
        const start = performance.now()
        const isShown = await room.chat.showError?.(room.staged.credentials, 'No', never)
        expect(isShown).toBe(room.staged.error ? false : undefined)
        expect(performance.now() - start).toBeLessThan(shortTime.totalMs + graceMs)
      })
  })

  test('it says what it is', async () => {
    const { description } = on.open()
    expect(description).toMatchObject({ key: on.stage.key, name: expect.any(String), room: expect.any(String) })
    expect(description.key).toMatch(/^[a-z][a-z0-9-]*$/)
    expect(description.connectPath).toMatch(/^\//)
    for (const origin of description.formOrigins) expect(new URL(origin).origin).toBe(origin)
    for (const status of ['open', 'closed'] as const)
      expect(typeof on.open().takesVotes({ ...about.poll, status })).toBe('boolean')
  })

  test('it can do what docs/chats.md says', async () => {
    const chat = on.open()
    const { state, error } = await on.stage.connect()
    const votes = pollMethods.filter((method) => chat.takesVotes({ ...about.poll, method }))
    const row = [
      chat.description.name,
      chat.connecting ? 'a form of Polldock' : 'its own pages',
      chat.description.signInPath ? 'yes' : 'no',
      votes.map((method) => methodNames[method]).join(', ') || 'no',
      state ? 'yes' : 'no',
      error ? 'yes' : 'no',
      on.stage.showsRepeatsOnce ? 'is shown once' : 'has the same id',
    ]
    const table = await readFile(new URL('../../../docs/chats.md', import.meta.url), 'utf8')
    expect(table).toContain(`\n| ${row.join(' | ')} |\n`)
  })

  for (const status of [400, 401, 403, 500])
    testIf('answer', `secrets that an answer repeats are in no reason: ${status}`, async () => {
      const room = await on.room()
      const said = secretsOf(room.staged).join(' ')
      await room.fault({ kind: 'answer', status, body: JSON.stringify({ message: said, error: said, errors: [said] }) })
      expectReason(await room.deliver(commented('Hungry')), room)
    })
}

const methodNames: Record<PollMethod, string> = {
  single_choice: 'one option',
  multiple_choice: 'several options',
  score: 'points',
  ranked: 'rankings',
  dates: 'dates',
}

const html = { headers: { 'content-type': 'text/html' } }
const json = { headers: { 'content-type': 'application/json' } }
const strangeBodies: [string, { body: string; headers?: Record<string, string> }][] = [
  ['no body', { body: '' }],
  ['half of an object', { body: '{"message": "cut o', ...json }],
  ['a list', { body: '[7]', ...json }],
  ['null', { body: 'null', ...json }],
  ['numbers for texts', { body: '{"message":7,"error":[],"errcode":{},"event_id":7}', ...json }],
  ['a page', { body: '<h1>Hello</h1>', ...html }],
  ['several lines', { body: JSON.stringify({ message: 'two\nlines\u0000', error: 'two\r\nlines' }), ...json }],
  ['a long text', { body: JSON.stringify({ message: '🍕'.repeat(9_000), error: 'x'.repeat(9_000) }), ...json }],
  ['a large text', { body: JSON.stringify({ message: '🍕'.repeat(200_000) }), ...json }],
  ['bytes that are no text', { body: '\u0000\ufffd\u0001\u202e', ...json }],
]

function expectToRetry(outcome: Outcome): Extract<Outcome, { kind: 'later' }> {
  if (outcome.kind !== 'later') expect.fail(`The outcome is ${JSON.stringify(outcome)}.`)
  expect(outcome.reason).not.toBe('')
  return outcome
}

/** A reason is for people, in one line, and has no secret in it. */
function expectReason(outcome: Outcome, { staged }: DirectRoom): void {
  const { reason } = outcome as { reason: string }
  expect(reason).toMatch(/^\S.{3,598}\S$/u)
  expect(reason.isWellFormed()).toBe(true)
  for (const secret of secretsOf(staged)) expect(reason).not.toContain(secret)
}

function secretsOf({ secrets, credentials }: StagedRoom): readonly string[] {
  return secrets ?? [credentials]
}

async function timed(work: () => Promise<Outcome>): Promise<{ outcome: Outcome; ms: number }> {
  const start = performance.now()
  const outcome = await work()
  return { outcome, ms: performance.now() - start }
}
