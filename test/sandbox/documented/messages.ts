import { expect } from 'vitest'
import { type Box, ticket, waiting } from '../box.ts'
import type { Endpoint, Example, Trial } from './endpoint.ts'
import { listing } from './listing.ts'
import { atThread, say } from './setting.ts'
import { comment, entry, file, message, none, z } from './shapes.ts'

const howdy = { event: 'message', content: 'Howdy-Doo @Ben #awesome', tags: ['todo', '#feedback', '@all'] }

const asEvent =
  (event: string, content: string): Trial =>
  async (send) => {
    const { status, json } = await send({ body: { event, content } })
    expect({ status, event: json.event, content: json.content }).toEqual({ status: 200, event, content })
  }

const isFile = z.object({ event: z.literal('file'), content: file, attachments: z.tuple([file]) })
/** A GIF of one pixel. */
const pixel = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
const pixelFile = () => new File([Buffer.from(pixel, 'base64')], 'cabinet_icon.gif', { type: 'image/gif' })

const wait: Trial = async (send) => {
  const answer = await send({ headers: { 'x-flowdock-wait-for-message': '' } })
  expect((await send()).status).toBe(200)
  expect(answer.headers.get('link')).toMatch(/messages\/\d+\/comments>?; rel="comments"/)
}

/** The parameters that chat lines and comments share. */
const ofLines: Record<string, Trial> = {
  tags: async (send) => {
    const { json } = await send({ body: { tags: '#awesome,cool,@ben' } })
    expect(json.tags).toEqual(expect.arrayContaining(['awesome', 'cool', ':user:2']))
  },
  uuid: async (send) => expect((await send({ body: { uuid: '9rOhL9RS-jhr8' } })).json.uuid).toBe('9rOhL9RS-jhr8'),
  'X-flowdock-wait-for-message': wait,
}

const chat: Record<string, Trial> = {
  ...ofLines,
  'event=status': asEvent('status', 'This is my new status'),
  'event=file (JSON)': async (send) => {
    const content = { data: pixel, content_type: 'image/gif', file_name: 'cabinet_icon.gif' }
    const { json } = await send({ body: { event: 'file', content } })
    expect(isFile.safeParse(json).error?.issues ?? []).toEqual([])
  },
  'event=file (form data)': async (send) => {
    const body = new FormData()
    body.set('event', 'file')
    body.set('flow', 'acme/main')
    body.set('content', pixelFile())
    const { json } = await send({ body })
    expect(isFile.safeParse(json).error?.issues ?? []).toEqual([])
  },
  external_user_name: async (send) => {
    const { json } = await send({ body: { external_user_name: 'Stevie' } })
    expect(json).toMatchObject({ user: '0', external_user_name: 'Stevie' })
  },
}

const inThread: Record<string, Trial> = {
  thread_id: async (send, box) => {
    const { thread } = await atThread(box)
    expect((await send({ body: { thread_id: thread } })).json).toMatchObject({ thread_id: thread })
  },
}

/** The trial with the token of a source, which needs no user. */
const bySource = (box: Box, body: object = {}): Example => ({
  as: null,
  body: { flow_token: box.connect().flowToken, ...ticket, ...body },
})

const inInbox: Record<string, Trial> = {
  flow_token: async (send, box) => expect((await send(bySource(box))).json).toMatchObject({ title: ticket.title }),
  'flow_token in the query': async (send, box) => {
    const { flow_token, ...body } = bySource(box).body as Record<string, string>
    expect((await send({ as: null, body, query: { flow_token: flow_token ?? '' } })).status).toBe(200)
  },
  'event=activity': async (send, box) => expectEntry(await send(bySource(box))),
  'event=discussion': async (send, box) => expectEntry(await send(bySource(box, { event: 'discussion' }))),
  external_thread_id: async (send, box) => {
    const example = bySource(box)
    const [one, two] = [await send(example), await send(example)]
    expect(one.json.thread_id).toMatch(/./)
    expect(two.json.thread_id).toBe(one.json.thread_id)
  },
  thread: async (send, box) =>
    expect((await send(bySource(box))).json.thread).toMatchObject({ title: ticket.thread.title }),
  attachments: async (send, box) => {
    const body = new FormData()
    const fields = { event: 'activity', 'author[name]': 'Uploaded', title: 'Upload a file', external_thread_id: 'a' }
    const more = { 'thread[title]': 'Thread title', body: 'test <img src="cid:file1">' }
    const all = { ...fields, ...more, flow_token: box.connect().flowToken }
    for (const [name, value] of Object.entries(all)) body.set(name, value)
    body.set('attachments[file1]', pixelFile())
    const { json } = await send({ as: null, body })
    expect(json.attachments).toMatchObject([{ file_name: 'cabinet_icon.gif', content_type: 'image/gif' }])
    expect(json.tags).toContain(':file')
  },
}

function expectEntry({ json }: { json: unknown }) {
  expect(entry.safeParse(json).error?.issues ?? []).toEqual([])
}

const commented = { event: 'comment', content: 'This is a comment' }

export const messages: Endpoint[] = [
  {
    endpoint: 'POST /messages',
    page: 'messages',
    example: ({ world }) => ({ body: { flow: world.flows[0]?.id, ...howdy }, headers: waiting }),
    status: 200,
    answer: message,
    headers: { link: /comments/ },
    parameters: {
      flow: async (send) => expect((await send({ body: { flow: 'none' } })).status).toBe(404),
      ...chat,
      ...inThread,
      ...inInbox,
    },
  },
  {
    endpoint: 'POST /flows/:organization/:flow/messages',
    page: 'messages',
    example: () => ({ body: howdy, headers: waiting }),
    status: 200,
    answer: message,
    headers: { link: /comments/ },
    parameters: { ...chat, ...inThread },
  },
  {
    endpoint: 'POST /flows/:organization/:flow/threads/:id/messages',
    page: 'messages',
    example: async (box) => ({ path: { id: (await atThread(box)).thread }, body: howdy, headers: waiting }),
    status: 200,
    answer: message.extend({ thread_id: z.string() }),
    headers: { link: /comments/ },
    parameters: chat,
  },
  {
    endpoint: 'POST /comments',
    page: 'messages',
    example: async (box) => ({
      body: { flow: box.world.flows[0]?.id, message: await say(box, 'Title of parent'), ...commented },
      headers: waiting,
    }),
    status: 200,
    answer: comment,
    parameters: {
      ...ofLines,
      message: async (send) => expect((await send({ body: { message: 999 } })).status).toBe(400),
    },
  },
  {
    endpoint: 'POST /flows/:organization/:flow/messages/:message/comments',
    page: 'messages',
    example: async (box) => ({
      path: { message: await say(box, 'Title of parent') },
      body: commented,
      headers: waiting,
    }),
    status: 200,
    answer: comment,
    parameters: {
      ...ofLines,
      'event=file': async (send) => {
        const content = { data: pixel, content_type: 'image/gif', file_name: 'cabinet_icon.gif' }
        const { json } = await send({ body: { event: 'file', content } })
        expect(isFile.safeParse(json).error?.issues ?? []).toEqual([])
      },
    },
  },
  {
    endpoint: 'GET /flows/:organization/:flow/messages',
    page: 'messages',
    example: async (box) => {
      await say(box, 'Hello World')
      return {}
    },
    status: 200,
    answer: z.array(message).length(1),
    parameters: listing(() => '/flows/acme/main/messages'),
  },
  {
    endpoint: 'GET /flows/:organization/:flow/threads/:id/messages',
    page: 'messages',
    example: async (box) => ({ path: { id: (await atThread(box)).thread } }),
    status: 200,
    answer: z.array(entry).length(1),
    parameters: listing(({ world }) => `/flows/acme/main/threads/${world.flows[0]?.threads.list()[0]?.id}/messages`),
  },
  {
    endpoint: 'GET /flows/:organization/:flow/messages/:id',
    page: 'messages',
    example: async (box) => ({ path: { id: await say(box, 'Hello World') } }),
    status: 200,
    answer: message,
  },
  {
    endpoint: 'PUT /flows/:organization/:flow/messages/:id',
    page: 'messages',
    example: async (box) => ({
      path: { id: await say(box, 'Hello World #old') },
      body: { content: 'Updated content', tags: ['todo', '#feedback', '@all'] },
    }),
    status: 200,
    answer: none,
    parameters: {
      content: async (send, box) => {
        await send()
        expect((await first(box)).content).toBe('Updated content')
      },
      tags: async (send, box) => {
        await send()
        const { tags } = await first(box)
        expect(tags).toEqual(expect.arrayContaining(['todo', 'feedback', ':user:everyone']))
        expect(tags).not.toContain('old')
      },
    },
  },
  {
    endpoint: 'DELETE /flows/:organization/:flow/messages/:id',
    page: 'messages',
    example: async (box) => ({ path: { id: (await atThread(box)).message } }),
    status: 204,
    parameters: {
      'one’s own chat line': async (send, box) => {
        expect((await send({ path: { id: await say(box, 'Hello World') } })).status).toBe(200)
      },
      'another’s chat line': async (send, box) => {
        expect((await send({ path: { id: await say(box, 'Hello World') }, as: 'ben' })).status).toBe(403)
      },
    },
  },
  {
    endpoint: 'GET /files/:flow/:key/:name',
    page: 'files',
    example: async (box) => {
      const content = { data: pixel, content_type: 'image/gif', file_name: 'cabinet_icon.gif' }
      const posted = await box.as('maija')('POST', '/messages', { flow: 'acme/main', event: 'file', content }, waiting)
      const { path = '/files/1/2/none.gif' } = (posted.body.content ?? {}) as { path?: string }
      const [, , flow = '', key = '', name = ''] = path.split('/')
      return { path: { flow, key, name } }
    },
    status: 302,
    headers: { location: /./ },
  },
]

async function first(box: Box) {
  const { body } = await box.as('maija')<{ content: unknown; tags: string[] }[]>('GET', '/flows/acme/main/messages')
  const [message] = body
  if (!message) throw new Error('There is no message.')
  return message
}
