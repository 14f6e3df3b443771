import { beforeEach, expect, test } from 'vitest'
import { application, type Box, openSandbox, ticket } from './box.ts'

type Source = { id: number; flow_token: string; error_message: string | null; configuration_url: string | null }

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const url = '/flows/acme/main/sources'
const create = (body: object = { name: 'Lunch' }) => box.withScopes('integration')<Source>('POST', url, body)

test('a new source shows its token', async () => {
  const { status, body } = await create({ name: 'Lunch', external_url: 'https://tickets.example/lunch' })
  expect(status).toBe(201)
  expect(body).toEqual({
    id: expect.any(Number),
    name: 'Lunch',
    url: `${box.url}${url}/${body.id}`,
    external_url: 'https://tickets.example/lunch',
    ...{ error_message: null, configuration_url: null, _links: {} },
    ...{ created_at: expect.any(String), updated_at: expect.any(String) },
    flow_token: expect.stringMatching(/^[0-9a-f]{32}$/),
    application: {
      ...{ id: 1, name: 'Ticket Desk', icon_url: `${box.url}/icons/1`, url: `${box.url}/oauth/applications/1` },
      configuration_uri: application.configurationUri,
    },
    creator: {
      ...{ id: 1, nick: 'Maija', name: 'Maija Virtanen', email: 'maija@acme.example' },
      ...{ avatar: `${box.url}/avatars/1`, website: null },
    },
  })
  expect((await box.call('POST', '/messages', { ...ticket, flow_token: body.flow_token })).status).toBe(202)
})

test('a new source needs a name', async () => {
  expect(await create({ external_url: 'lunch' })).toMatchObject({
    status: 400,
    body: { errors: { name: ["can't be blank"], external_url: ['is invalid'] } },
  })
})

test('only applications with the scope create a source', async () => {
  expect((await box.as('maija')('POST', url, { name: 'Lunch' })).status).toBe(403)
  expect((await box.withScopes('flow', 'manage')('POST', url, { name: 'Lunch' })).status).toBe(403)
  expect((await box.call('POST', url, { name: 'Lunch' })).status).toBe(401)
})

test('no later response shows the token of a source', async () => {
  const { flow_token: token, ...source } = (await create()).body
  const read = box.withScopes('flow')
  expect((await read('GET', `${url}/${source.id}`)).body).toEqual(source)
  expect((await read('GET', url)).body).toEqual([source])
  expect((await read('GET', '/sources')).body).toEqual([source])
  expect((await box.call('GET', `/sources?flow_token=${token}`)).body).toEqual([source])
})

test('only members of the flow read a source', async () => {
  const lunchClub = '/flows/acme/lunch-club/sources'
  const { body } = await box.withScopes('integration')<Source>('POST', lunchClub, { name: 'Lunch' })
  expect((await box.as('rosa')('GET', `${lunchClub}/${body.id}`)).status).toBe(403)
  expect((await box.as('rosa')('GET', '/sources')).body).toEqual([])
})

test('the token of a source sets and clears its error and its configuration address', async () => {
  const { flow_token } = (await create()).body
  const put = (body: object) => box.call<Source>('PUT', '/sources', { flow_token, ...body })
  const broken = await put({ error_message: 'The account was closed.', configuration_url: 'https://tickets.example/1' })
  expect(broken).toMatchObject({
    status: 200,
    body: { error_message: 'The account was closed.', configuration_url: 'https://tickets.example/1' },
  })
  const { body } = await put({ error_message: '' })
  expect(body).toMatchObject({ error_message: null, configuration_url: 'https://tickets.example/1' })
})

test('the application can change its source, too', async () => {
  const { id } = (await create()).body
  const { body } = await box.withScopes('integration')<Source>('PUT', `${url}/${id}`, { error_message: 'Oh' })
  expect(body.error_message).toBe('Oh')
  expect((await box.withScopes('flow')('PUT', `${url}/${id}`, { error_message: 'No' })).status).toBe(403)
})

test('another application cannot change or remove a source', async () => {
  const other = { ...application, id: 2, clientId: 'other' }
  const { id } = (await create()).body
  const headers = { authorization: `Bearer ${box.token('maija', ['integration'], other)}` }
  for (const method of ['PUT', 'DELETE']) {
    expect((await box.call(method, `${url}/${id}`, { error_message: 'x' }, headers)).status).toBe(403)
  }
})

test('a removed source loses its token permanently', async () => {
  const { id, flow_token } = (await create()).body
  expect(await box.withScopes('integration')('DELETE', `${url}/${id}`)).toMatchObject({ status: 204, body: undefined })
  expect((await box.as('maija')('GET', `${url}/${id}`)).status).toBe(404)
  expect((await box.as('maija')('GET', url)).body).toEqual([])
  expect((await box.call('PUT', '/sources', { flow_token, error_message: 'x' })).status).toBe(410)
  expect((await box.call('GET', `/sources?flow_token=${flow_token}`)).status).toBe(410)
})

test('a source of another flow is not found', async () => {
  const { id } = (await create()).body
  expect((await box.as('maija')('GET', `/flows/acme/lunch-club/sources/${id}`)).status).toBe(404)
  expect((await box.as('maija')('GET', `${url}/x`)).status).toBe(404)
})

test('removed sources are deleted first over the limit', async () => {
  box = await openSandbox({ limits: { sources: 2 } })
  const [kept, removed] = [box.connect(), box.connect()]
  await box.as('maija')('DELETE', `${url}/${removed.id}`)
  box.connect()
  const status = async (token: string) => (await box.call('GET', `/sources?flow_token=${token}`)).status
  expect([await status(kept.flowToken), await status(removed.flowToken)]).toEqual([200, 401])
})
