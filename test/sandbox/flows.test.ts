import { beforeEach, describe, expect, test } from 'vitest'
import { type Box, openSandbox } from './box.ts'

type Flow = { id: string; parameterized_name: string; joined: boolean; users?: object[] }

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const names = (flows: Flow[]) => flows.map(({ parameterized_name: name, joined }) => [name, joined])

describe('flows', () => {
  test('list the user’s own', async () => {
    expect(names((await box.as('maija')<Flow[]>('GET', '/flows')).body)).toEqual([
      ['main', true],
      ['lunch-club', true],
    ])
    expect(names((await box.as('rosa')<Flow[]>('GET', '/flows')).body)).toEqual([['main', true]])
  })

  test('list the user’s own of an organization', async () => {
    expect(names((await box.as('rosa')<Flow[]>('GET', '/flows/acme')).body)).toEqual([['main', true]])
    expect((await box.as('rosa')('GET', '/flows/none')).status).toBe(404)
  })

  test('list also flows that the user could join', async () => {
    expect(names((await box.as('rosa')<Flow[]>('GET', '/flows/all')).body)).toEqual([
      ['main', true],
      ['lunch-club', false],
    ])
  })

  test('list their users on request', async () => {
    const [plain, full] = await Promise.all([
      box.as('maija')<Flow[]>('GET', '/flows'),
      box.as('maija')<Flow[]>('GET', '/flows?users=1'),
    ])
    expect(plain.body[0]).not.toHaveProperty('users')
    expect(full.body[0]?.users).toHaveLength(4)
  })

  test('are found by id and by name, with the same content', async () => {
    const { body, headers } = await box.as('ben')<Flow>('GET', '/flows/acme/main')
    expect(headers.get('flowdock-user')).toBe('2')
    expect(body).toMatchObject({
      ...{ name: 'Main', parameterized_name: 'main', access_mode: 'invitation', open: true, joined: true },
      ...{ url: `${box.url}/flows/acme/main`, web_url: `${box.url}/app/acme/main` },
      organization: { id: 1, name: 'Acme', parameterized_name: 'acme', user_count: 4 },
      links: { sources: { url: `${box.url}/flows/acme/main/sources`, methods: ['GET', 'POST'] } },
    })
    expect(body.users?.[0]).toMatchObject({ id: 1, nick: 'Maija', status: null, disabled: false })
    expect((await box.as('ben')<Flow>('GET', `/flows/find?id=${body.id}`)).body).toEqual(body)
  })

  test('show the URL where people can join, unless they need an invitation', async () => {
    const { body } = await box.as('maija')<{ access_mode: string; join_url?: string }[]>('GET', '/flows')
    expect(body.map(({ access_mode: mode, join_url: url }) => [mode, url])).toEqual([
      ['invitation', undefined],
      ['organization', expect.stringMatching(new RegExp(`^${box.url}/invitations/[0-9a-f]{40}-lunch-club$`))],
    ])
  })

  test('show the last status and the last activity of each user, over the limit of messages, too', async () => {
    box = await openSandbox({ limits: { messages: 1 } })
    const url = '/flows/acme/main/messages'
    const say = (event: string, content: string) => box.as('ben')('POST', url, { event, content })
    await say('status', 'Testing API')
    await say('message', 'Hi')
    const { body } = await box.as('maija')<Flow>('GET', '/flows/acme/main')
    const sent = box.world.flows[0]?.messages.list().at(-1)?.sent.getTime()
    expect(body.users).toMatchObject([
      { id: 1, status: null, last_activity: null, in_flow: true },
      { id: 2, status: 'Testing API', last_activity: sent, last_ping: sent, in_flow: true },
      { id: 3, in_flow: true },
      { id: 4, in_flow: true },
    ])
  })

  test('that do not exist are not found', async () => {
    for (const path of ['/flows/acme/none', '/flows/none/main', '/flows/find?id=none']) {
      expect((await box.as('ben')('GET', path)).status, path).toBe(404)
    }
    expect((await box.as('ben')('GET', '/flows/find')).body).toMatchObject({ errors: { id: ["can't be blank"] } })
  })
})

describe('people', () => {
  test('include the user', async () => {
    expect((await box.as('chen')('GET', '/user')).body).toEqual({
      ...{ id: 3, nick: 'Chen', name: 'Chen Wei', email: 'chen@acme.example', website: null },
      avatar: `${box.url}/avatars/3`,
    })
  })

  test('are listed everywhere, for a flow, and for the organization', async () => {
    const counts = ['/users', '/flows/acme/lunch-club/users', '/organizations/acme/users'].map(
      async (path) => (await box.as('maija')<object[]>('GET', path)).body.length,
    )
    expect(await Promise.all(counts)).toEqual([4, 3, 4])
  })

  test('are found by id', async () => {
    expect((await box.as('chen')('GET', '/users/2')).body).toMatchObject({ id: 2, nick: 'Ben' })
    expect((await box.as('chen')('GET', '/users/99')).status).toBe(404)
  })

  test('have a picture', async () => {
    const response = await fetch(`${box.url}/avatars/1`)
    expect(response.headers.get('content-type')).toContain('image/svg+xml')
    expect(await response.text()).toContain('>MV</text>')
    expect((await fetch(`${box.url}/avatars/99`)).status).toBe(404)
  })
})

test('the organization is listed, and found by name and id', async () => {
  const { body: all } = await box.as('rosa')<object[]>('GET', '/organizations')
  expect(all).toMatchObject([{ id: 1, users: [{ id: 1, admin: true }, { id: 2, admin: false }, {}, {}] }])
  expect((await box.as('rosa')('GET', '/organizations/acme')).body).toEqual(all[0])
  expect((await box.as('rosa')('GET', '/organizations/find?id=1')).body).toEqual(all[0])
  expect((await box.as('rosa')('GET', '/organizations/none')).status).toBe(404)
})
