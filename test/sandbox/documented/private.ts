import { expect } from 'vitest'
import { type Box, waiting } from '../box.ts'
import type { Endpoint } from './endpoint.ts'
import { listing } from './listing.ts'
import { none, privateConversation, privateMessage, z } from './shapes.ts'

const { event, limit, sort, since_id, until_id, search } = listing(() => '/private/2/messages')

const toBen = '/private/2/messages'
const secret = 'Secret message'

const isOpen = async (box: Box) => (await box.as('maija')('GET', '/private/2')).body.open

export const privateEndpoints: Endpoint[] = [
  {
    endpoint: 'GET /private',
    page: 'private-conversations',
    example: async (box) => {
      await box.as('maija')('POST', toBen, { event: 'message', content: secret })
      return {}
    },
    status: 200,
    answer: z.array(privateConversation).length(1),
  },
  {
    endpoint: 'GET /private/:id',
    page: 'private-conversations',
    example: () => ({ path: { id: 2 } }),
    status: 200,
    answer: privateConversation,
    parameters: {
      'a new conversation is not open': async (send) => expect((await send()).json.open).toBe(false),
    },
  },
  {
    endpoint: 'PUT /private/:id',
    page: 'private-conversations',
    example: () => ({ path: { id: 2 }, body: { open: false } }),
    status: 200,
    answer: privateConversation,
    parameters: {
      open: async (send, box) => {
        expect((await send({ body: { open: true } })).json.open).toBe(true)
        expect((await send()).json.open).toBe(false)
        await box.as('ben')('POST', '/private/1/messages', { event: 'message', content: secret })
        expect(await isOpen(box)).toBe(true)
      },
    },
  },
  {
    endpoint: 'POST /private/:user_id/messages',
    page: 'private-messages',
    example: () => ({ path: { user_id: 2 }, body: { event: 'message', content: 'Howdy-Doo @Ben #awesome' } }),
    status: 200,
    answer: none,
    parameters: {
      event: async (send) => expect((await send({ body: { event: 'nonsense' } })).status).toBe(400),
      content: async (send, box) => {
        await send()
        const { body } = await box.as('ben')<object[]>('GET', '/private/1/messages')
        expect(body).toMatchObject([{ content: 'Howdy-Doo @Ben #awesome', user: '1', to: '2' }])
        expect((await send({ body: { content: 'x'.repeat(8_097) } })).status).toBe(400)
      },
    },
  },
  {
    endpoint: 'GET /private/:user_id/messages',
    page: 'private-messages',
    example: async (box) => {
      await box.as('maija')('POST', toBen, { event: 'message', content: secret })
      return { path: { user_id: 2 } }
    },
    status: 200,
    answer: z.array(privateMessage).length(1),
    parameters: { event, limit, sort, since_id, until_id, search },
  },
  {
    endpoint: 'GET /private/:user_id/messages/:id',
    page: 'private-messages',
    example: async (box) => {
      const message = { event: 'message', content: secret }
      await box.as('maija')('POST', toBen, message, waiting)
      const { body } = await box.as('maija')<{ id: number }[]>('GET', toBen)
      return { path: { user_id: 2, id: Array.isArray(body) ? (body[0]?.id ?? 0) : 0 } }
    },
    status: 200,
    answer: privateMessage,
  },
]
