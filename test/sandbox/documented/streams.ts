import { expect } from 'vitest'
import type { Box } from '../box.ts'
import type { Endpoint, Send, Trial } from './endpoint.ts'
import { say } from './setting.ts'
import { message } from './shapes.ts'

const asEvents: Trial = async (send) => {
  const { headers, text } = await send({ query: { accept: 'text/event-stream' } })
  expect(headers.get('content-type')).toContain('text/event-stream')
  expect(text).toMatch(/^id: \S+$/m)
}

/** Ben watches, while Maija writes. */
const seenOf = async (send: Send, box: Box, query: Record<string, string>) => {
  await send({ as: 'ben', query })
  const { body } = await box.as('maija')<{ users: Seen[] }>('GET', '/flows/acme/main')
  const ben = body.users.find(({ nick }) => nick === 'Ben')
  return { online: ben?.last_ping !== null, atWork: ben?.last_activity !== null }
}

type Seen = { nick: string; last_ping: number | null; last_activity: number | null }

const active: Record<string, Trial> = {
  'active=true': async (send, box) =>
    expect(await seenOf(send, box, { active: 'true' })).toEqual({ online: true, atWork: true }),
  'active=idle': async (send, box) =>
    expect(await seenOf(send, box, { active: 'idle' })).toEqual({ online: true, atWork: false }),
  'active (none)': async (send, box) => expect(await seenOf(send, box, {})).toEqual({ online: false, atWork: false }),
}

const speaks = (box: Box) => ({ meanwhile: () => say(box, 'Hello World') })

export const streams: Endpoint[] = [
  {
    endpoint: 'GET /flows',
    page: 'streaming',
    host: 'stream',
    example: (box) => ({ query: { filter: 'acme/main,acme/lunch-club' }, ...speaks(box) }),
    status: 200,
    answer: message,
    headers: { 'content-type': /^application\/json/ },
    parameters: {
      filter: async (send, box) => {
        const id = box.world.flowNamed('acme', 'lunch-club')?.id ?? ''
        const elsewhere = () => say(box, 'Lunch?', '/flows/acme/lunch-club/messages')
        expect((await send({ query: { filter: id }, meanwhile: elsewhere })).json).toMatchObject({ content: 'Lunch?' })
      },
      user: async (send, box) => {
        const whisper = { event: 'message', content: 'Secret message' }
        const meanwhile = () => box.as('ben')('POST', '/private/1/messages', whisper)
        expect((await send({ query: { filter: '', user: '1' }, meanwhile })).json).toMatchObject({ to: '1' })
      },
      accept: asEvents,
      ...active,
    },
  },
  {
    endpoint: 'GET /flows/:organization/:flow',
    page: 'streaming',
    host: 'stream',
    example: speaks,
    status: 200,
    answer: message,
    headers: { 'content-type': /^application\/json/ },
    parameters: {
      accept: asEvents,
      ...active,
    },
  },
]
