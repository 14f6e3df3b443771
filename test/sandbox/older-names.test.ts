import { beforeEach, expect, test } from 'vitest'
import { type Box, openSandbox, waiting } from './box.ts'

/*
 * The requests of flowdock/flowdock-example-integration at 4a512a6, the original Polldock. Its HTTP client sends an access
 * token in the query and in a header of a type that Flowdock does not document.
 */

let box: Box
let query: string
const headers = { authorization: 'Token token="unknown"' }

beforeEach(async () => {
  box = await openSandbox()
  query = `?access_token=${box.token('maija', ['profile', 'integration'])}`
})

const pair = () =>
  box.call<{ id: number; flow_token: string }>(
    'POST',
    `/flows/acme/main/integrations${query}`,
    { name: 'All polls' },
    headers,
  )

const vote = (token: string) => ({
  author: { name: 'Ann', email: 'ann@acme.example', avatar: 'https://secure.gravatar.com/avatar/0?s=120&r=pg' },
  body: '',
  event: 'activity',
  external_thread_id: 'example:poll:1',
  thread: {
    external_url: 'https://polls.example/1',
    fields: [{ label: 'Pizza', value: '1' }],
    status: { value: 'open', color: 'green' },
    title: 'Lunch?',
  },
  title: 'Voted for Pizza',
  token,
})

test('the original Polldock pairs with a flow and reads its source', async () => {
  const id = box.world.flows[0]?.id
  const { body: flow } = await box.call('GET', `/flows/find${query}&id=${id}`, undefined, headers)
  expect(flow).toMatchObject({ name: 'Main', url: `${box.url}/flows/acme/main` })
  const { status, body } = await pair()
  expect([status, body]).toEqual([
    201,
    expect.objectContaining({ id: expect.any(Number), flow_token: expect.stringMatching(/^[0-9a-f]{32}$/) }),
  ])
  const { body: source } = await box.call('GET', `/flows/acme/main/sources/${body.id}${query}`, undefined, headers)
  expect(source).toMatchObject({ id: body.id, name: 'All polls' })
})

test('the original Polldock posts activities and discussions into one thread', async () => {
  const token = (await pair()).body.flow_token
  expect((await box.call('POST', '/activities', vote(token))).status).toBe(202)
  const comment = { ...vote(token), event: 'discussion', title: 'Commented poll', body: 'Yum' }
  const { body } = await box.call('POST', '/activities', comment, waiting)
  expect(body).toMatchObject({
    ...{ event: 'discussion', title: 'Commented poll', body: 'Yum' },
    thread: { title: 'Lunch?', activities: 1, external_comments: 1, status: { value: 'open', color: 'green' } },
  })
})

test('the original Polldock gets a 410 when its source was removed', async () => {
  const { id, flow_token: token } = (await pair()).body
  await box.as('maija')('DELETE', `/flows/acme/main/sources/${id}`)
  expect((await box.call('POST', '/activities', vote(token))).status).toBe(410)
})

test.each(['external_id', 'thread_id'])('%s is an older name for the poster’s own id of the thread', async (name) => {
  const token = (await pair()).body.flow_token
  const { external_thread_id: id, ...activity } = vote(token)
  await box.call('POST', '/activities', { ...activity, [name]: id })
  expect(box.world.flows[0]?.threads.list()).toMatchObject([{ externalId: 'example:poll:1', activities: 1 }])
})

test.each(['[]', '1', 'null', '{}', '{"token":{}}'])('an invalid activity is refused: %s', async (body) => {
  expect([400, 401]).toContain((await box.call('POST', '/activities', body)).status)
})
