import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openStream } from '../../support/event-stream.ts'
import { type Box, basic, openSandbox } from '../box.ts'

type Seen = { id: number; last_ping: number | null; last_activity: number | null }

let box: Box
let now: Date

beforeEach(async () => {
  now = new Date('2026-11-29T12:00:00Z')
  box = await openSandbox({ heartbeat: 20, clock: () => now })
})

async function watch(nick: string, query = '', path = '/flows/acme/main') {
  const stream = await openStream(`${box.url}${path}${query}`, { authorization: basic(`${nick}-sandbox-api-token`) })
  onTestFinished(() => stream.close())
  return stream
}

/** Ben, as the others see him. */
const ben = async (flow = 'main') => {
  const { body } = await box.as('maija')<{ users: Seen[] }>('GET', `/flows/acme/${flow}`)
  const found = body.users.find(({ id }) => id === 2)
  return { ping: found?.last_ping, activity: found?.last_activity }
}

describe('a stream', () => {
  test('shows its reader as active', async () => {
    await watch('ben', '?active=true')
    await expect.poll(() => ben()).toEqual({ ping: now.getTime(), activity: now.getTime() })
    expect(await ben('lunch-club')).toEqual({ ping: null, activity: null })
  })

  test('shows its reader as idle', async () => {
    await watch('ben', '?active=idle')
    await expect.poll(() => ben()).toEqual({ ping: now.getTime(), activity: null })
  })

  test('otherwise shows nothing', async () => {
    await watch('ben')
    const other = await watch('chen')
    await box.as('maija')('POST', '/flows/acme/main/messages', { event: 'message', content: 'x' })
    expect((await other.next()).data).toMatchObject({ event: 'message' })
    expect(await ben()).toEqual({ ping: null, activity: null })
  })

  test('shows it again and again while it is open', async () => {
    const began = now.getTime()
    await watch('ben', '?active=true')
    await expect.poll(() => ben()).toMatchObject({ ping: began })
    now = new Date(began + 60_000)
    await expect.poll(() => ben()).toEqual({ ping: began + 60_000, activity: began + 60_000 })
  })

  test('keeps the last activity of somebody who is idle now', async () => {
    const began = now.getTime()
    const first = await watch('ben', '?active=true')
    await expect.poll(() => ben()).toMatchObject({ activity: began })
    first.close()
    // The heartbeats of the first stream may come a moment longer.
    await new Promise((resolve) => setTimeout(resolve, 100))
    now = new Date(began + 60_000)
    await watch('ben', '?active=idle')
    await expect.poll(() => ben()).toEqual({ ping: began + 60_000, activity: began })
  })

  test.each(['false', 'yes', '1', '', 'true,idle'])('does not accept active=%s', async (active) => {
    const { status, body } = await box.as('ben')('GET', `/flows?filter=acme/main&active=${active}`)
    expect([status, body.errors]).toEqual([400, { active: ['is not included in the list'] }])
  })
})

describe('others hear of an active user', () => {
  const news = {
    ...{ event: 'activity.user', user: '2', uuid: null, app: null, tags: [], attachments: [] },
    ...{ id: expect.any(Number), sent: expect.any(Number), created_at: expect.any(String) },
  }

  test('in the streams of the same flow, without an id to resume from', async () => {
    const main = await watch('maija')
    const lunch = await watch('maija', '', '/flows/acme/lunch-club')
    const own = await watch('ben', '?active=true')
    const { id, data } = await main.next()
    expect(id).toBeUndefined()
    expect(data).toEqual({ ...news, flow: box.world.flows[0]?.id, content: { last_activity: now.getTime() } })
    for (const flow of ['main', 'lunch-club']) {
      await box.as('chen')('POST', `/flows/acme/${flow}/messages`, { event: 'message', content: 'x' })
    }
    for (const stream of [main, lunch, own]) expect((await stream.next()).data).toMatchObject({ event: 'message' })
  })

  test('who is idle, without a last activity', async () => {
    const stream = await watch('maija')
    await watch('ben', '?filter=acme/main&active=idle', '/flows')
    expect((await stream.next()).data).toEqual({ ...news, flow: box.world.flows[0]?.id, content: {} })
  })

  test('once in a while, however many streams the user has', async () => {
    const began = now.getTime()
    const stream = await watch('maija')
    for (let count = 0; count < 3; count++) await watch('ben', '?active=true')
    expect((await stream.next()).data).toMatchObject({ content: { last_activity: began } })
    now = new Date(began + 15_000)
    expect((await stream.next()).data).toMatchObject({ content: { last_activity: began + 15_000 } })
  })

  test('but nothing of it is stored', async () => {
    const stream = await watch('maija')
    await watch('ben', '?active=true')
    const { data } = await stream.next()
    expect((await box.as('maija')('GET', '/flows/acme/main/messages')).body).toEqual([])
    expect((await box.as('maija')('GET', `/flows/acme/main/messages/${data.id}`)).status).toBe(404)
    await box.as('maija')('POST', '/flows/acme/main/messages', { event: 'message', content: 'x' })
    const { body } = await box.as('maija')<{ id: number }[]>('GET', '/flows/acme/main/messages')
    expect(body[0]?.id).toBeGreaterThan(Number(data.id))
  })
})
