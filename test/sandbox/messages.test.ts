import { beforeEach, describe, expect, test } from 'vitest'
import { type Box, form, openSandbox, ticket, waiting } from './box.ts'

type Message = Record<string, unknown> & {
  id: number
  tags: string[]
  thread_id: string
  thread: Record<string, unknown>
}

let box: Box
let token: string

beforeEach(async () => {
  box = await openSandbox()
  token = box.connect().flowToken
})

const post = (body: object, headers = {}) =>
  box.call<Message>('POST', '/messages', { flow_token: token, ...body }, headers)
const say = (content: string, more: object = {}) =>
  box.as('maija')<Message>('POST', '/flows/acme/main/messages', { event: 'message', content, ...more }, waiting)

describe('posting into the inbox', () => {
  test('is answered without a body', async () => {
    expect(await post(ticket)).toMatchObject({ status: 202, body: undefined })
  })

  test('returns the message and its thread on request', async () => {
    const { status, body } = await post({ ...ticket, uuid: 'u-1', tags: ['#todo'] }, waiting)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ id: 1, event: 'activity', app: 'influx', user: '0', uuid: 'u-1', tags: ['todo'], attachments: [] },
      ...{ author: ticket.author, title: ticket.title, body: null, content: null },
      thread_id: body.thread.id,
      thread: {
        ...ticket.thread,
        actions: [],
        source: { id: 1, application: 'Ticket Desk', icon: `${box.url}/icons/1` },
        ...{ activities: 1, internal_comments: 0, external_comments: 0 },
      },
    })
    expect(new Date(body.sent as number).toISOString()).toBe(body.created_at)
  })

  test('accepts the token in the query too', async () => {
    expect((await box.call('POST', `/messages?flow_token=${token}`, ticket)).status).toBe(202)
  })

  test('accepts forms with nested names', async () => {
    const fields = new URLSearchParams([
      ['flow_token', token],
      ['event', 'activity'],
      ['author[name]', 'Marty'],
      ['title', 'updated ticket'],
      ['external_thread_id', '1'],
      ['tags', 'one,#two'],
      ['thread[title]', 'Polish'],
      ['thread[status][color]', 'red'],
      ['thread[status][value]', 'closed'],
      ['thread[fields][][label]', 'A'],
      ['thread[fields][][value]', '1'],
      ['thread[fields][][label]', 'B'],
      ['thread[fields][][value]', '2'],
    ])
    const { body } = await box.call<Message>('POST', '/messages', fields.toString(), { ...form, ...waiting })
    expect(body.tags).toEqual(['one', 'two'])
    expect(body.thread).toMatchObject({
      title: 'Polish',
      status: { color: 'red', value: 'closed' },
      fields: [
        { label: 'A', value: '1' },
        { label: 'B', value: '2' },
      ],
    })
  })

  test('names the first message of its thread', async () => {
    await say('Hello')
    await post(ticket)
    const { body } = await post(ticket, waiting)
    expect([body.id, body.thread.initial_message]).toEqual([3, 2])
  })

  test('into the same thread again replaces its whole state', async () => {
    const first = await post(ticket, waiting)
    const { body } = await post(
      { ...ticket, thread: { title: 'Polished', status: { color: 'grey', value: 'closed' } } },
      waiting,
    )
    expect(body.thread_id).toBe(first.body.thread_id)
    expect(body.thread).toMatchObject({
      ...{ title: 'Polished', status: { color: 'grey', value: 'closed' } },
      ...{ fields: [], body: null, external_url: null, activities: 2 },
    })
  })

  test('without a state keeps the thread’s state', async () => {
    await post(ticket)
    const { thread, ...discussion } = { ...ticket, event: 'discussion', title: 'said', body: 'Will do.' }
    const { body } = await post(discussion, waiting)
    expect(body.thread).toMatchObject({ ...thread, activities: 1, external_comments: 1 })
  })

  test('without a state into a missing thread is an error', async () => {
    const { thread: _, ...message } = ticket
    expect(await post(message)).toMatchObject({ status: 400, body: { errors: { thread: ["can't be blank"] } } })
  })

  test('reaches a thread by its own id', async () => {
    const { body: first } = await post(ticket, waiting)
    const { external_thread_id: _, ...message } = ticket
    const { body } = await post({ ...message, thread_id: first.thread_id }, waiting)
    expect(body.thread_id).toBe(first.thread_id)
  })

  test('keeps the threads of different sources apart', async () => {
    const { body: first } = await post(ticket, waiting)
    token = box.connect('More tickets').flowToken
    const { body: second } = await post(ticket, waiting)
    expect(second.thread_id).not.toBe(first.thread_id)
    const { external_thread_id: _, ...message } = ticket
    expect(await post({ ...message, thread_id: first.thread_id })).toMatchObject({
      status: 400,
      body: {
        errors: { thread_id: [expect.stringContaining('Send your own id of the thread as external_thread_id')] },
      },
    })
  })

  test('of an unknown thread with both ids says which one to leave out', async () => {
    // The example of Flowdock's guide to a production-grade integration.
    const { status, body } = await post({ ...ticket, thread_id: 'WT5yWsIpdvUPxP07lfgQDmLoGQQ' })
    const told = 'is no thread of this source. Leave it out: external_thread_id finds the thread, or begins one'
    expect([status, body]).toEqual([400, { message: 'Validation error', errors: { thread_id: [told] } }])
    expect(box.world.flows[0]?.messages.list()).toEqual([])
  })

  test('with an unknown flow token says where to get one', async () => {
    const { status, body } = await post({ ...ticket, flow_token: '3e2252e2e164d70ebbc5c59b9db629c8' })
    expect([status, body.message]).toEqual([401, expect.stringContaining(`${box.url}/oauth/applications`)])
  })

  test('reaches a thread by its URL', async () => {
    const { body: first } = await post(ticket, waiting)
    const { external_thread_id: _, ...message } = ticket
    const url = `/flows/acme/main/threads/${first.thread_id}/messages`
    const { body } = await box.call<Message>('POST', url, { ...message, flow_token: token }, waiting)
    expect(body).toMatchObject({ id: 2, thread_id: first.thread_id })
  })

  test('keeps a repeated uuid twice, as nothing else is documented', async () => {
    await post({ ...ticket, uuid: 'same' })
    const { body } = await post({ ...ticket, uuid: 'same' }, waiting)
    expect(body).toMatchObject({ id: 2, uuid: 'same', thread: { activities: 2 } })
  })

  test('names every invalid field', async () => {
    const thread = {
      status: { color: 'pink' },
      external_url: 'javascript:alert(1)',
      actions: [{ '@type': 'BuyAction' }],
    }
    expect(await post({ event: 'activity', title: ' ', external_thread_id: '1', thread })).toMatchObject({
      status: 400,
      body: {
        message: 'Validation error',
        errors: {
          'author.name': ["can't be blank"],
          title: ["can't be blank"],
          'thread.title': ["can't be blank"],
          'thread.status.color': ['is not included in the list'],
          'thread.external_url': ['is invalid'],
          'thread.actions.0.@type': ['is invalid'],
        },
      },
    })
  })

  test('accepts numbers as external ids, and empty links as missing', async () => {
    const author = { name: 'Marty', email: null, avatar: '' }
    const thread = { title: 'Polish', external_url: '', status: null }
    const { body } = await post({ ...ticket, author, external_thread_id: 17, thread }, waiting)
    expect(body).toMatchObject({ author: { name: 'Marty' }, thread: { external_url: null, status: null } })
    expect((await post({ ...ticket, external_thread_id: '17' }, waiting)).body.thread_id).toBe(body.thread_id)
  })

  test('needs a name for the thread', async () => {
    const { external_thread_id: _, ...message } = ticket
    const blank = { external_thread_id: ["can't be blank"] }
    expect(await post(message)).toMatchObject({ status: 400, body: { errors: blank } })
  })

  test('needs a known event', async () => {
    expect(await post({ ...ticket, event: '' })).toMatchObject({
      status: 400,
      body: { errors: { event: ["can't be blank"] } },
    })
    expect(await post({ ...ticket, event: 'party' })).toMatchObject({
      status: 400,
      body: { errors: { event: ['is invalid'] } },
    })
  })

  test('needs a known token', async () => {
    token = 'deadbeef'
    expect((await post(ticket)).status).toBe(401)
  })

  test('answers that a removed source is gone', async () => {
    const [source] = box.world.sources.list(box.world.flows[0]?.id ?? '')
    await box.as('maija')('DELETE', `/flows/acme/main/sources/${source?.id}`)
    expect((await post(ticket)).status).toBe(410)
  })

  test('is possible for sources only', async () => {
    const { status, body } = await box.as('maija')('POST', '/flows/acme/main/messages', ticket)
    expect([status, body.errors]).toEqual([400, { flow_token: ["can't be blank"] }])
  })
})

describe('HTML', () => {
  const hostile =
    '<script>x()</script><b onclick="x()">bold</b> <a href="javascript:x()">bad</a> <a href="https://x.example">good</a>'

  test('keeps links in titles and values, and no other tag', async () => {
    const thread = { title: hostile, fields: [{ label: 'A', value: hostile }] }
    const { body } = await post({ ...ticket, title: hostile, thread }, waiting)
    const kept = 'bold <a rel="nofollow">bad</a> <a href="https://x.example" rel="nofollow">good</a>'
    expect([body.title, body.thread.title, body.thread.fields]).toEqual([kept, kept, [{ label: 'A', value: kept }]])
  })

  test('keeps the documented tags in bodies, without scripts', async () => {
    const body = `${hostile}<table><tr><td>1</td></tr></table><iframe src="https://x.example"></iframe>`
    const { body: message } = await post({ ...ticket, body, thread: { ...ticket.thread, body } }, waiting)
    const kept =
      '<b>bold</b> <a rel="nofollow">bad</a> <a href="https://x.example" rel="nofollow">good</a><table><tr><td>1</td></tr></table>'
    expect([message.body, message.thread.body]).toEqual([kept, kept])
  })

  test('a title of nothing but tags is blank', async () => {
    expect((await post({ ...ticket, title: '<script>x</script>' })).body).toMatchObject({
      errors: { title: ["can't be blank"] },
    })
  })
})

describe('chat lines', () => {
  test('of a user have their id', async () => {
    const { status, body, headers } = await say('Hello')
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: 1, event: 'message', app: 'chat', user: '1', content: 'Hello', tags: [] })
    expect(body).not.toHaveProperty('thread_id')
    expect(headers.get('flowdock-user')).toBe('1')
    expect(headers.get('link')).toBe(`<${box.url}/flows/acme/main/messages/1/comments>; rel="comments"`)
  })

  test('go to the flow in the body, by id or by names', async () => {
    for (const flow of [box.world.flows[1]?.id, 'acme/lunch-club', 'acme:lunch-club']) {
      const { status } = await box.as('ben')('POST', '/messages', { flow, event: 'message', content: 'Hi' })
      expect(status).toBe(202)
    }
    expect(box.world.flows[1]?.messages.list()).toHaveLength(3)
  })

  test('need a flow', async () => {
    const { body } = await box.as('ben')('POST', '/messages', { event: 'message', content: 'Hi' })
    expect(body).toEqual({ message: 'Validation error', errors: { flow: ["can't be blank"] } })
  })

  test('need text, within limits', async () => {
    expect((await say('')).body).toMatchObject({ errors: { content: ["can't be blank"] } })
    expect((await say('x'.repeat(8_097))).body).toMatchObject({
      errors: { content: ['is too long (maximum is 8096 characters)'] },
    })
  })

  test('are limited to members of the flow', async () => {
    const { status } = await box.as('rosa')('POST', '/flows/acme/lunch-club/messages', {
      event: 'message',
      content: 'x',
    })
    expect(status).toBe(403)
  })

  test('may be in a thread, which counts them', async () => {
    const { body: activity } = await post(ticket, waiting)
    await say('by its id', { thread_id: activity.thread_id })
    const url = `/flows/acme/main/threads/${activity.thread_id}/messages`
    const { body } = await box.as('ben')<Message>('POST', url, { event: 'message', content: 'by its URL' }, waiting)
    expect(body).toMatchObject({ thread_id: activity.thread_id, thread: { internal_comments: 2 } })
  })

  test('in a missing thread are an error', async () => {
    expect((await say('x', { thread_id: 'nowhere' })).body).toMatchObject({
      errors: { thread_id: ['is no thread of this flow'] },
    })
    const { status } = await box.as('ben')('POST', '/flows/acme/main/threads/nowhere/messages', {
      event: 'message',
      content: 'x',
    })
    expect(status).toBe(404)
  })

  test('of a source address its threads by external ids', async () => {
    await post(ticket)
    const line = { event: 'message', content: 'Beep', external_user_name: 'Robot' }
    const { body } = await post({ ...line, external_thread_id: ticket.external_thread_id }, waiting)
    expect(body.thread).toMatchObject({ title: ticket.thread.title, internal_comments: 1 })
    expect((await post({ ...line, external_thread_id: 'none' })).body).toMatchObject({
      errors: { external_thread_id: ['is invalid'] },
    })
  })

  test('of an external user have a name instead of a user', async () => {
    const { body } = await post({ event: 'message', content: 'Beep', external_user_name: 'Robot' }, waiting)
    expect(body).toMatchObject({ user: '0', external_user_name: 'Robot', content: 'Beep' })
    expect((await post({ event: 'message', content: 'Beep' })).body).toMatchObject({
      errors: { external_user_name: ["can't be blank"] },
    })
  })

  test('have tags from the text and from the list', async () => {
    const { body } = await say('@Ben, a severe #bug, see http://example.com, says chen', {
      tags: ['#todo', 'BUG', '@nobody'],
    })
    expect(body.tags).toEqual(['todo', 'BUG', ':user:2', ':unread:2', ':highlight:3', ':url'])
  })

  test('for everyone are unread by all others', async () => {
    const { body } = await say('Lunch!', { tags: '@all' })
    expect(body.tags).toEqual([':user:everyone', ':unread:2', ':unread:3', ':unread:4'])
  })

  test('that set a status show it with the user', async () => {
    await say('Out for lunch', { event: 'status' })
    const { body } = await box.as('ben')<{ users: object[] }>('GET', '/flows/acme/main')
    expect(body.users[0]).toMatchObject({ id: 1, status: 'Out for lunch' })
  })
})

describe('comments', () => {
  const comment = (path: string, body: object) => box.as('ben')<Message>('POST', path, body, waiting)

  test('name their parent in the URL or in the body', async () => {
    await say('Lunch?')
    const { body } = await comment('/flows/acme/main/messages/1/comments', { content: 'Yes' })
    expect(body).toMatchObject({
      ...{ event: 'comment', user: '2', tags: ['influx:1'], content: { title: 'Lunch?', text: 'Yes' } },
    })
    expect((await comment('/comments', { flow: 'acme/main', message: '1', content: 'No' })).status).toBe(200)
    const { body: all } = await box.as('ben')<Message[]>('GET', '/flows/acme/main/messages/1/comments')
    expect(all.map(({ id }) => id)).toEqual([2, 3])
  })

  test('have no comments, nor have messages in threads', async () => {
    await say('Lunch?')
    await comment('/flows/acme/main/messages/1/comments', { content: 'Yes' })
    await post(ticket)
    for (const id of [2, 3]) {
      const { body } = await comment(`/flows/acme/main/messages/${id}/comments`, { content: 'Hm' })
      expect(body).toMatchObject({ errors: { message: ['is invalid'] } })
    }
  })

  test('may be of somebody outside the flow, and are so with a flow token', async () => {
    await say('Lunch?')
    const path = '/flows/acme/main/messages/1/comments'
    const { body } = await comment(path, { content: 'Yes', external_user_name: 'Stevie' })
    expect(body).toMatchObject({ user: '0', external_user_name: 'Stevie', content: { text: 'Yes' } })
    const bySource = (more: object) => box.call('POST', path, { flow_token: token, content: 'No', ...more })
    expect((await bySource({})).body).toMatchObject({ errors: { external_user_name: ["can't be blank"] } })
    expect((await bySource({ external_user_name: 'Bot' })).status).toBe(202)
  })

  test('need a parent', async () => {
    expect((await comment('/flows/acme/main/messages/99/comments', { content: 'Hm' })).status).toBe(404)
    const { body } = await comment('/comments', { flow: 'acme/main', content: 'Hm' })
    expect(body).toMatchObject({ errors: { message: ["can't be blank"] } })
  })
})
