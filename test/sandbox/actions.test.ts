import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { perform } from '../../src/sandbox/actions/perform.ts'
import { signRequest } from '../../src/sandbox/actions/signed-request.ts'
import type { ThreadUpdateAction } from '../../src/sandbox/state/types.ts'

type Received = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { body: string }

const clientSecret = 'the secret of the application'
const ada = { id: '42', name: 'Ada Löve', image: 'https://flowdock.test/ada.png', url: 'https://flowdock.test/ada' }

let application: Server
let url: string
let answer: RequestListener
let received: Received[]

beforeEach(async () => {
  received = []
  application = createServer(async (request, response) => {
    received.push({ method: request.method, url: request.url, headers: request.headers, body: await text(request) })
    answer(request, response)
  })
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(application.address() as AddressInfo).port}`
})

afterEach(async () => {
  application.closeAllConnections()
  await new Promise((resolve) => application.close(resolve))
})

const action = (target: Partial<ThreadUpdateAction['target']> = {}): ThreadUpdateAction => ({
  '@type': 'UpdateAction',
  name: 'Assign to me',
  target: { '@type': 'EntryPoint', urlTemplate: `${url}/issues/42?assignee=me`, httpMethod: 'POST', ...target },
})

async function pick(target: Partial<ThreadUpdateAction['target']> = {}, timeoutMs?: number) {
  return perform(await signRequest(action(target), ada, clientSecret, new Date()), timeoutMs)
}

/** The application answers this. */
function answers(status: number, type: string, body: string, headers: Record<string, string> = {}): void {
  answer = (_request, response) => void response.writeHead(status, { 'content-type': type, ...headers }).end(body)
}

describe('the request', () => {
  beforeEach(() => answers(200, 'text/plain', ''))

  test('goes to the target with its method, and contains the action and its user', async () => {
    await pick({ httpMethod: 'PUT' })
    const [request] = received
    expect([request?.method, request?.url]).toEqual(['PUT', '/issues/42?assignee=me'])
    expect(JSON.parse(request?.body ?? '')).toEqual({
      ...action({ httpMethod: 'PUT' }),
      agent: { '@type': 'Person', name: ada.name, image: ada.image, url: ada.url },
    })
  })

  test('has a token with the user and the digest of the exact body', async () => {
    await pick()
    const [request] = received
    const token = String(request?.headers['flowdock-token'])
    const { payload } = await jwtVerify(token, Buffer.from(clientSecret), { algorithms: ['HS256'] })
    expect(decodeProtectedHeader(token).alg).toBe('HS256')
    expect(payload).toEqual({
      sub: '42',
      exp: expect.any(Number),
      signature: createHash('sha256')
        .update(request?.body ?? '')
        .digest('hex'),
    })
  })

  test('is valid for 30 seconds', async () => {
    const now = new Date('2026-03-14T09:26:53.589Z')
    const { headers } = await signRequest(action(), ada, clientSecret, now)
    const valid = { currentDate: new Date('2026-03-14T09:27:22Z') }
    const late = { currentDate: new Date('2026-03-14T09:27:23Z') }
    const token = headers['flowdock-token'] ?? ''
    await expect(jwtVerify(token, Buffer.from(clientSecret), valid)).resolves.toBeDefined()
    await expect(jwtVerify(token, Buffer.from(clientSecret), late)).rejects.toThrow('"exp"')
  })
})

describe('an answer of success', () => {
  test.each([
    ['text/plain; charset=utf-8', 'You voted for\nSoup\n', 'You voted for Soup'],
    ['application/json', '{"message": "You voted for Soup"}', 'You voted for Soup'],
    ['application/json', '"Fine"', 'Fine'],
    ['application/json', '{', ''],
    ['application/json', 'null', ''],
    ['text/html', '<h1>Done</h1>', ''],
    ['text/plain', '', ''],
    ['text/plain', 'x'.repeat(100_000), `${'x'.repeat(299)}…`],
  ])('of %s', async (type, body, message) => {
    answers(200, type, body)
    expect(await pick()).toEqual({ kind: 'done', message })
  })
})

describe('an answer of failure', () => {
  test.each([
    [
      409,
      'application/problem+json',
      '{"title": "Conflict", "detail": "The poll is closed."}',
      '409: The poll is closed.',
    ],
    [500, 'application/json', '{"error": "Oops"}', '500: Oops'],
    [404, 'text/html', '<p>Nothing here</p>', '404.'],
  ])('with %i', async (status, type, body, message) => {
    answers(status, type, body)
    expect(await pick()).toEqual({ kind: 'failed', message: `The application answered ${message}` })
  })

  test('is a redirect: it is not followed', async () => {
    answers(302, 'text/plain', '', { location: `${url}/elsewhere` })
    expect(await pick()).toEqual({ kind: 'failed', message: 'The application answered 302.' })
    expect(received).toHaveLength(1)
  })

  test('is late', async () => {
    answer = () => {}
    expect(await pick({}, 60)).toEqual({
      kind: 'failed',
      message: 'The application did not answer within 0.06 seconds.',
    })
  })

  test('is a body that does not end in time', async () => {
    answer = (_request, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('You')
    expect(await pick({}, 60)).toMatchObject({ kind: 'failed', message: expect.stringContaining('0.06 seconds') })
  })

  test('is missing', async () => {
    expect(await pick({ urlTemplate: 'http://127.0.0.1:1/' })).toEqual({
      kind: 'failed',
      message: 'The application could not be reached (ECONNREFUSED).',
    })
  })

  test.each(['/relative', 'file:///etc/passwd', 'not a url'])('cannot come from %s', async (urlTemplate) => {
    expect(await pick({ urlTemplate })).toMatchObject({ message: expect.stringContaining('not an http or https URL') })
  })
})

describe('when the user is unknown to the application', () => {
  test.each([
    'Flowdock-Token url=https://polls.test/claim?token=a.b-c',
    'flowdock-token url="https://polls.test/claim?token=a.b-c"',
    'Basic realm="polls", Flowdock-Token url=https://polls.test/claim?token=a.b-c',
  ])('the outcome is its link to sign in: %s', async (challenge) => {
    answers(401, 'application/json', '{"error": "Authentication required"}', { 'www-authenticate': challenge })
    expect(await pick()).toEqual({ kind: 'sign-in', url: 'https://polls.test/claim?token=a.b-c' })
  })

  test.each(['Basic realm="polls"', 'Flowdock-Token url=javascript:alert(1)', 'Flowdock-Token'])(
    'an answer without such a link is an error: %s',
    async (challenge) => {
      answers(401, 'application/json', '{"error": "Who are you?"}', { 'www-authenticate': challenge })
      expect(await pick()).toEqual({ kind: 'failed', message: 'The application answered 401: Who are you?' })
    },
  )
})
