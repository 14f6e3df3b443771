import { parse } from 'node-html-parser'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Files } from '../../src/sandbox/state/files.ts'
import { Browser } from '../support/browser.ts'
import { openStream } from '../support/event-stream.ts'
import { type Box, basic, openSandbox, ticket, waiting } from './box.ts'

const url = '/flows/acme/main/messages'
/** Rosa is not in this flow. */
const lunchClubUrl = '/flows/acme/lunch-club/messages'

/** The example of Flowdock's documentation: a picture of 20 by 26 pixels, with line breaks in the base64. */
const icon = {
  data: 'iVBORw0KGgoAAAANSUhEUgAAABQAAAAaCAYAAAC3g3x9AAAAGXRFWHRTb2Z0d2FyZQBBZG9iZSBJ\nbWFnZVJlYWR5ccllPAAAAElJREFUeNpiYECA/UD8n0y8nwENUGIYTkOpAhihplMNMFHbhVQ3kIVA\ncOAD/0k1kAFP+DIO3UgZTYej6XA0HY6mw9F0CAEAAQYAk/gtCSEUikYAAAAASUVORK5CYII=\n',
  content_type: 'image/png',
  file_name: 'cabinet_icon.png',
}
const iconBytes = Buffer.from(icon.data, 'base64')

type FileJson = { path: string; file_name: string; content_type: string; file_size: number; image?: object }
type Posted = { id: number; content: FileJson; attachments: FileJson[]; tags: string[]; thread_id?: string }

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const upload = async (content: object = icon, more: object = {}, path = url) =>
  (await box.as('maija')<Posted>('POST', path, { event: 'file', content, ...more }, waiting)).body

const form = (fields: Record<string, string | Blob>) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  return data
}

/** Sends a multipart form as Maija, or without credentials. */
async function send(body: FormData | string, path = url, headers: Record<string, string> = {}) {
  const authorization = basic('maija-sandbox-api-token')
  const response = await fetch(`${box.url}${path}`, {
    method: 'POST',
    body,
    headers: { authorization, ...waiting, ...headers },
  })
  const text = await response.text()
  return {
    status: response.status,
    body: (text ? JSON.parse(text) : {}) as Posted & { errors?: object; message?: string },
  }
}

const named = (name: string, bytes: string | Buffer<ArrayBuffer> = iconBytes, type = 'image/png') =>
  new File([bytes], name, { type })

const get = (path: string, nick = 'maija') =>
  fetch(new URL(path, box.url), {
    headers: { authorization: basic(`${nick}-sandbox-api-token`) },
    redirect: 'manual',
  })

/** Downloads without credentials from the address to which the API redirects. */
async function download(path: string) {
  const redirect = await get(path)
  const response = await fetch(redirect.headers.get('location') ?? '')
  return { redirect, response, bytes: Buffer.from(await response.arrayBuffer()) }
}

describe('a file', () => {
  const facts = {
    path: expect.stringMatching(/^\/files\/1\/[0-9a-f]{32}\/cabinet_icon\.png$/),
    ...{ file_name: 'cabinet_icon.png', file_size: iconBytes.length, content_type: 'image/png' },
    image: { width: 20, height: 26 },
    thumbnail: { path: expect.stringMatching(/\/thumb\/cabinet_icon\.png$/), width: 20, height: 26 },
  }

  test('is posted in JSON', async () => {
    const posted = await upload()
    expect(posted).toMatchObject({
      event: 'file',
      app: 'chat',
      user: '1',
      tags: [':file'],
      flow: box.world.flows[0]?.id,
    })
    expect(posted.content).toEqual(facts)
    expect(posted.attachments).toEqual([facts])
  })

  test('is posted in a multipart form', async () => {
    const { status, body } = await send(form({ event: 'file', content: named('cabinet_icon.png'), tags: 'todo,@ben' }))
    expect(status).toBe(200)
    expect(body.content).toEqual(facts)
    expect(body.tags).toEqual([':file', 'todo', ':user:2'])
  })

  test('is downloaded from a signed address that expires', async () => {
    let now = new Date('2026-11-29T12:00:00Z')
    box = await openSandbox({ clock: () => now })
    const { content } = await upload()
    const { redirect, response, bytes } = await download(content.path)
    expect([redirect.status, redirect.headers.get('flowdock-user')]).toEqual([302, '1'])
    expect(redirect.headers.get('content-length')).toBe('0')
    expect([response.status, response.headers.get('content-type'), bytes]).toEqual([200, 'image/png', iconBytes])
    const address = redirect.headers.get('location') ?? ''
    expect((await fetch(address.replace(/-[0-9a-f]{3}/, '-000'))).status).toBe(404)
    now = new Date('2026-11-29T12:01:01Z')
    expect((await fetch(address)).status).toBe(404)
  })

  test('has a thumbnail, which is the picture itself', async () => {
    const { content } = await upload()
    const { bytes } = await download((content as unknown as typeof facts).thumbnail.path)
    expect(bytes).toEqual(iconBytes)
  })

  test('is for members of the flow only', async () => {
    const { content } = await upload(icon, {}, lunchClubUrl)
    expect((await get(content.path, 'ben')).status).toBe(302)
    expect((await get(content.path, 'rosa')).status).toBe(403)
    expect((await fetch(`${box.url}${content.path}`)).status).toBe(401)
    expect((await box.withScopes('private', 'profile')('GET', content.path)).status).toBe(403)
  })

  test('is found only under its own path', async () => {
    const { path } = (await upload()).content
    for (const wrong of [
      path.replace('.png', '.gif'),
      path.replace('/1/', '/2/'),
      '/files/1/0/x',
      '/files/1/../x',
      '/files/1',
    ]) {
      expect((await get(wrong)).status, wrong).toBe(404)
    }
  })

  test('is listed by event, by tag and by the words of its name', async () => {
    const { id } = await upload()
    await box.as('maija')('POST', url, { event: 'message', content: 'no icon' })
    for (const query of ['event=file', 'tags=:file', 'search=cabinet']) {
      expect(
        (await box.as('ben')<Posted[]>('GET', `${url}?${query}`)).body.map((one) => one.id),
        query,
      ).toEqual([id])
    }
  })

  test('is posted into a thread, and as a reply to a message', async () => {
    await box.call('POST', '/messages', { ...ticket, flow_token: box.connect().flowToken })
    const thread = box.world.flows[0]?.threads.list()[0]?.id ?? ''
    const inThread = await box.as('maija')<Posted>(
      ...(['POST', `/flows/acme/main/threads/${thread}/messages`, { event: 'file', content: icon }, waiting] as const),
    )
    expect(inThread.body).toMatchObject({ event: 'file', thread_id: thread, thread: { internal_comments: 1 } })
    const { body: line } = await box.as('maija')<Posted>('POST', url, { event: 'message', content: 'Look' }, waiting)
    const comments = `${url}/${line.id}/comments`
    const { body: reply } = await send(form({ event: 'file', content: named('a.png') }), comments)
    expect(reply).toMatchObject({ event: 'file', tags: [':file', `influx:${line.id}`] })
    expect((await box.as('ben')<Posted[]>('GET', comments)).body.map(({ id }) => id)).toEqual([reply.id])
  })

  test('can be commented on', async () => {
    const { id } = await upload()
    const { body } = await box.as('ben')('POST', `${url}/${id}/comments`, { content: 'Nice' }, waiting)
    expect(body).toMatchObject({ event: 'comment', content: { title: 'cabinet_icon.png', text: 'Nice' } })
  })

  test('is deleted by its sender, with its bytes', async () => {
    const { id, content } = await upload()
    expect((await box.as('ben')('DELETE', `${url}/${id}`)).status).toBe(403)
    expect((await box.as('maija')('DELETE', `${url}/${id}`)).status).toBe(204)
    expect((await get(content.path)).status).toBe(404)
    expect((await box.as('maija')('GET', `${url}/${id}`)).status).toBe(404)
  })

  test('reaches streams like other messages', async () => {
    const stream = await openStream(`${box.url}/flows/acme/main`, { authorization: basic('ben-sandbox-api-token') })
    onTestFinished(() => stream.close())
    await upload()
    expect((await stream.next()).data).toMatchObject({ event: 'file', content: facts })
  })
})

describe('attachments', () => {
  /** The example of Flowdock's documentation. */
  const fields = {
    ...{ 'author[name]': 'Uploaded', event: 'activity', title: 'Upload a file', external_thread_id: 'asdfasdf' },
    ...{ body: 'test <img src="cid:file1">', 'thread[title]': 'Thread title' },
  }
  const post = (more: Record<string, string | Blob>) =>
    send(form({ ...fields, flow_token: box.connect().flowToken, ...more }), '/messages', { authorization: '' })

  test('of activities are sent with ids', async () => {
    const { status, body } = await post({ 'attachments[file1]': named('localfile.png') })
    expect(status).toBe(200)
    expect(body.attachments).toMatchObject([{ file_name: 'localfile.png', content_id: 'file1', image: { width: 20 } }])
    expect(body.tags).toEqual([':file'])
    expect(body).toMatchObject({
      event: 'activity',
      body: 'test <img src="cid:file1" />',
      author: { name: 'Uploaded' },
    })
    expect((await download(body.attachments[0]?.path ?? '')).bytes).toEqual(iconBytes)
  })

  test('of activities are sent without ids', async () => {
    const { body } = await post({ 'attachments[]': named('one.png') })
    expect(body.attachments).toMatchObject([{ file_name: 'one.png' }])
    expect(body.attachments[0]).not.toHaveProperty('content_id')
  })

  test('go with their message', async () => {
    const { body } = await post({ 'attachments[]': named('one.png') })
    await box.as('maija')('DELETE', `${url}/${body.id}`)
    expect((await get(body.attachments[0]?.path ?? '')).status).toBe(404)
  })

  test('are no texts', async () => {
    expect((await post({ attachments: 'x' })).body.errors).toEqual({ attachments: ['is invalid'] })
    expect((await post({ 'attachments[file1]': 'x' })).status).toBe(400)
    const json = { ...ticket, flow_token: box.connect().flowToken, attachments: [icon] }
    expect((await box.call('POST', '/messages', json)).status).toBe(400)
    expect((await box.call('POST', '/messages', { ...json, attachments: [] })).status).toBe(202)
  })
})

describe('what is no file is refused', () => {
  test.each([
    [undefined, { content: ["can't be blank"] }],
    ['text', { content: ['is invalid'] }],
    [[icon], { content: ['is invalid'] }],
    [{ ...icon, data: undefined }, { 'content.data': ["can't be blank"] }],
    [{ ...icon, data: ' \n' }, { 'content.data': ["can't be blank"] }],
    [{ ...icon, data: 42 }, { 'content.data': ['is invalid'] }],
    [{ ...icon, data: 'no base64!' }, { 'content.data': ['is not base64'] }],
    [{ ...icon, data: 'A' }, { 'content.data': ['is not base64'] }],
    [{ ...icon, data: '==' }, { 'content.data': ['is not base64'] }],
    [{ ...icon, data: '=AAA' }, { 'content.data': ['is not base64'] }],
    [{ ...icon, file_name: '' }, { 'content.file_name': ["can't be blank"] }],
    [{ ...icon, file_name: 'x'.repeat(1_001) }, { 'content.file_name': [expect.stringContaining('too long')] }],
    [{ ...icon, content_type: {} }, { 'content.content_type': ['is invalid'] }],
  ])('%o', async (content, errors) => {
    const { status, body } = await box.as('maija')('POST', url, { event: 'file', content })
    expect([status, body.errors]).toEqual([400, errors])
  })

  test('a form without a file', async () => {
    expect((await send(form({ event: 'file' }))).body.errors).toEqual({ content: ["can't be blank"] })
    expect((await send(form({ event: 'file', content: 'text' }))).body.errors).toEqual({ content: ['is invalid'] })
    // A browser sends this for a file that nobody chose.
    expect((await send(form({ event: 'file', content: named('', '') }))).status).toBe(400)
  })

  test.each([
    ['', '400'],
    ['--x', '400'],
    ['--x\r\ncontent-disposition: form-data; name="event"\r\n\r\nfile', '400'],
    ['--x\r\n\r\nnothing\r\n--x--\r\n', '400'],
    ['--x\r\ncontent-disposition: form-data; name="__proto__"\r\n\r\nfile\r\n--x--\r\n', '400'],
    ['--x\r\ncontent-disposition: form-data; name="a[__proto__][b]"\r\n\r\nfile\r\n--x--\r\n', '400'],
    [
      '--x\r\ncontent-disposition: form-data; name="event"\r\ncontent-type: application/json\r\n\r\n{}\r\n--x--\r\n',
      '400',
    ],
    [
      '--x\r\ncontent-disposition: form-data; name="event"\r\ncontent-type: application/json\r\n\r\n{\r\n--x--\r\n',
      '406',
    ],
  ])('the multipart body %j', async (body, status) => {
    const answer = await send(body, url, { 'content-type': 'multipart/form-data; boundary=x' })
    expect([String(answer.status), answer.body.message]).toEqual([status, expect.any(String)])
  })

  test('a multipart form without a boundary, or where no file belongs', async () => {
    expect((await send('--x--', url, { 'content-type': 'multipart/form-data' })).status).toBe(400)
    const source = await send(form({ name: 'x' }), '/flows/acme/main/sources')
    expect(source.status).toBe(415)
  })

  test('by a source, which attaches files to its posts', async () => {
    const body = { event: 'file', content: icon, flow_token: box.connect().flowToken }
    expect((await box.call('POST', '/messages', body)).body.errors).toEqual({ event: ['is invalid'] })
  })
})

describe('size', () => {
  beforeEach(async () => {
    box = await openSandbox({ limits: { fileSize: 300_000, allFiles: 700_000 } })
  })

  const bytes = (size: number) => Buffer.alloc(size, 'x')
  const json = (size: number) => ({
    file_name: 'x.txt',
    content_type: 'text/plain',
    data: bytes(size).toString('base64'),
  })

  test('is bounded for each file', async () => {
    expect((await upload(json(300_000))).content.file_size).toBe(300_000)
    expect((await box.as('maija')('POST', url, { event: 'file', content: json(300_001) })).status).toBe(413)
    expect((await box.as('maija')('POST', url, { event: 'file', content: json(900_000) })).status).toBe(413)
    expect((await send(form({ event: 'file', content: named('x', bytes(300_000)) }))).status).toBe(200)
    expect((await send(form({ event: 'file', content: named('x', bytes(300_001)) }))).status).toBe(413)
  })

  test('is bounded for all files of one message', async () => {
    const fields = { event: 'activity', flow_token: box.connect().flowToken }
    const two = form({
      ...fields,
      'attachments[a]': named('x', bytes(200_000)),
      'attachments[b]': named('x', bytes(200_000)),
    })
    expect((await send(two, '/messages')).status).toBe(413)
    const many = Array.from({ length: 11 }, (_, index) => [`attachments[${index}]`, named('x', 'x')] as const)
    expect((await send(form({ ...fields, ...Object.fromEntries(many) }), '/messages')).status).toBe(413)
  })

  test('is bounded for fields of a form', async () => {
    expect((await send(form({ event: 'file', x: 'x'.repeat(300_000) }))).status).toBe(413)
    const halves = form({ event: 'file', x: 'x'.repeat(150_000), y: 'x'.repeat(150_000) })
    expect((await send(halves)).status).toBe(413)
    const many = Array.from({ length: 400 }, (_, index) => [`f${index}`, 'x'])
    expect((await send(form(Object.fromEntries(many)))).status).toBe(413)
  })

  test('is bounded for all files together, and the oldest go first', async () => {
    const paths: string[] = []
    for (let count = 0; count < 3; count++) paths.push((await upload(json(300_000))).content.path)
    const statuses = await Promise.all(paths.map(async (path) => (await get(path)).status))
    expect(statuses).toEqual([404, 302, 302])
    const [message] = (await box.as('maija')<Posted[]>('GET', url)).body
    expect(message?.content.path).toBe(paths[0])
  })

  test('counts empty files, too', () => {
    const files = new Files({ fileSize: 10, allFiles: 10_000 })
    const empty = { name: 'x', contentType: 'text/plain', data: Buffer.alloc(0) }
    const [first, ...others] = Array.from({ length: 10 }, () => files.add('flow', empty))
    expect(files.get(first?.id ?? '')).toBeUndefined()
    expect(others.every(({ id }) => files.get(id))).toBe(true)
  })

  test('allows other events no more than before', async () => {
    const long = 'x'.repeat(280_000)
    for (const event of ['message', 'activity', undefined, { file: 1 }]) {
      expect((await box.as('maija')('POST', url, { event, content: 'x', long })).status).toBe(413)
    }
    const values = { event: 'file', content: icon, values: Array.from({ length: 150_000 }, () => 1) }
    expect((await box.as('maija')('POST', url, values)).status).toBe(413)
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await box.as('maija')('POST', url, `event=file&x=${long}`, type)).status).toBe(413)
  })
})

describe('names', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\note.txt', 'note.txt'],
    ['a\r\nset-cookie: x\0.txt', 'aset-cookie: x.txt'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['..', 'file'],
    ['a/', 'file'],
    [' ä "quoted" (1)\'.txt ', 'ä "quoted" (1)\'.txt'],
    ['\ud800.txt', '\ufffd.txt'],
    [`${'x'.repeat(200)}.txt`, 'x'.repeat(100)],
    ['<img src=x onerror=alert(1)>.html', '<img src=x onerror=alert(1)>.html'],
    ['100%.txt?a#b', '100%.txt?a#b'],
  ])('%j becomes %j', async (given, name) => {
    const { content } = await upload({ ...icon, file_name: given })
    expect(content.file_name).toBe(name)
    const { redirect, response, bytes } = await download(content.path)
    expect([redirect.status, response.status, bytes.length]).toEqual([302, 200, iconBytes.length])
    const [, encoded = ''] =
      /^attachment; filename\*=UTF-8''([\w.%!~$&+^`|-]+)$/.exec(response.headers.get('content-disposition') ?? '') ?? []
    expect(decodeURIComponent(encoded)).toBe(name)
  })
})

describe('nothing uploaded runs in the sandbox’s origin', () => {
  const page = '<script>alert(document.domain)</script>'

  test.each([
    ['text/html', 'application/octet-stream'],
    ['image/svg+xml', 'application/octet-stream'],
    ['application/xhtml+xml', 'application/octet-stream'],
    ['text/javascript', 'application/octet-stream'],
    ['text/css', 'application/octet-stream'],
    ['TEXT/HTML; charset=utf-8', 'application/octet-stream'],
    ['x\r\nset-cookie: y', 'application/octet-stream'],
    ['image/png', 'image/png'],
  ])('%s is served as %s', async (type, served) => {
    const { content } = await upload({
      file_name: 'x.html',
      content_type: type,
      data: Buffer.from(page).toString('base64'),
    })
    const browser = new Browser(box.app)
    const web = await browser.get(`/app${content.path.replace('/1/', '/')}`)
    const { response } = await download(content.path)
    for (const header of [(name: string) => response.headers.get(name), (name: string) => web.headers[name]]) {
      expect(header('content-type')).toBe(served)
      expect(header('content-disposition')).toMatch(/^attachment; /)
      expect(header('x-content-type-options')).toBe('nosniff')
      expect(header('content-security-policy')).toBe("default-src 'none'; sandbox")
      expect(header('set-cookie') ?? null).toBeNull()
    }
  })
})

describe('the page of a flow', () => {
  const open = async (path: string, browser = new Browser(box.app)) => parse((await browser.get(path)).body)

  test('shows files with a link to download them, and pictures', async () => {
    await upload()
    await upload({ file_name: 'a<b>.html', content_type: 'text/html', data: Buffer.from('<b>').toString('base64') })
    const files = (await open('/app/acme/main')).querySelectorAll('.attachment')
    expect(files.map(({ text }) => text.replace(/\s+/g, ' ').trim())).toEqual([
      `cabinet_icon.png ${iconBytes.length} bytes`,
      'a<b>.html 3 bytes',
    ])
    expect(files.map((file) => file.querySelectorAll('img').length)).toEqual([1, 0])
    const browser = new Browser(box.app)
    const link = files[0]?.querySelector('a')?.getAttribute('href') ?? ''
    expect((await browser.get(link)).rawPayload).toEqual(iconBytes)
    expect(files[0]?.querySelector('img')?.getAttribute('src')).toBe(link)
  })

  test('shows the pictures of a post in its body', async () => {
    const token = box.connect().flowToken
    const body = 'one <img src="cid:a&amp;b"> two <img src="cid:none">'
    const picture = { 'attachments[a&b]': named('shown.png'), 'attachments[other]': named('other.png') }
    const fields = { event: 'activity', title: 'x', 'author[name]': 'x', external_thread_id: '1', 'thread[title]': 'x' }
    await send(form({ ...fields, flow_token: token, body, ...picture }), '/messages')
    const thread = box.world.flows[0]?.threads.list()[0]?.id
    const html = await open(`/app/acme/main/threads/${thread}`)
    const sources = html.querySelectorAll('#entries .posted img').map((img) => img.getAttribute('src'))
    expect(sources).toEqual([expect.stringMatching(/^\/app\/files\/[0-9a-f]{32}\/shown\.png$/), undefined])
    expect(html.querySelectorAll('.attachment a').map(({ text }) => text)).toEqual(['other.png'])
  })

  test('gives files to members only', async () => {
    const { content } = await upload(icon, {}, lunchClubUrl)
    const path = `/app${content.path.replace('/1/', '/')}`
    const browser = new Browser(box.app)
    expect((await browser.get(path)).statusCode).toBe(200)
    await browser.get('/app/acme/main')
    await browser.post('/app/person', { user: '4', back: '/app/acme/main' })
    expect((await browser.get(path)).statusCode).toBe(403)
    expect((await browser.get('/app/files/none/x')).statusCode).toBe(404)
  })
})
