import { beforeEach, describe, expect, test } from 'vitest'
import { outOfBand } from '../../../src/sandbox/state/types.ts'
import { type Box, openSandbox } from '../box.ts'

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

type Body = { message: string; errors: Record<string, string[]> } & Record<string, string>

const create = (application: unknown) => box.as('ben')<Body>('POST', '/oauth/applications', { application })

describe('creating an application', () => {
  test('answers its id and secret, with which it gets tokens', async () => {
    const uris = {
      redirect_uri: 'http://localhost:4567/callback',
      setup_uri: 'http://localhost:4567/setup?flow={flow_id}&flow_url={flow_url}',
      configuration_uri: 'http://localhost:4567/configure?source={source_id}&source_url={source_url}',
    }
    const { status, body } = await create({ name: ' Ticket desk ', ...uris })
    expect([status, body]).toEqual([
      201,
      {
        ...{ id: 2, name: 'Ticket desk', ...uris },
        ...{ url: `${box.url}/oauth/applications/2`, icon_url: `${box.url}/icons/2` },
        client_id: expect.stringMatching(/^[\da-f]{64}$/),
        client_secret: expect.stringMatching(/^[\da-f]{64}$/),
      },
    ])
    const { client_id, client_secret } = body
    const signIn = { username: 'ben@acme.example', password: 'ben-sandbox-password', scope: 'integration' }
    const { body: tokens } = await box.call<Body>(
      'POST',
      '/oauth/token',
      { grant_type: 'password', client_id, client_secret, ...signIn },
      { accept: 'application/json' },
    )
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const { body: source } = await box.call<Body>('POST', '/flows/acme/main/sources', { name: 'Desk' }, headers)
    expect(source.application).toMatchObject({ id: 2, name: 'Ticket desk' })
  })

  test('needs only a name', async () => {
    expect((await create({ name: 'Script' })).body).toMatchObject({
      ...{ redirect_uri: outOfBand, setup_uri: null, configuration_uri: null },
    })
  })

  test.each([
    [undefined, { application: ["can't be blank"] }],
    ['Ticket desk', { application: ['is invalid'] }],
    [{ name: '  ' }, { 'application.name': ["can't be blank"] }],
    [{ name: 'x'.repeat(101) }, { 'application.name': ['must have at most 100 characters'] }],
    [
      { redirect_uri: 'javascript:alert(1)', setup_uri: 'nowhere', configuration_uri: 'ftp://x' },
      {
        'application.name': ["can't be blank"],
        'application.redirect_uri': [
          expect.stringMatching(/^must be an http\(s\) URL, .* or urn:ietf:wg:oauth:2.0:oob$/),
        ],
        'application.setup_uri': [expect.stringContaining('such as https://app.example/setup?flow={flow_id}')],
        'application.configuration_uri': [expect.stringContaining('such as https://app.example/configure?source=')],
      },
    ],
    [
      { name: 'x', redirect_uri: 'https://x.example/#code', setup_uri: 'https://x.example/{flow}' },
      {
        'application.redirect_uri': ['must not have a fragment, which begins with #'],
        'application.setup_uri': ['has {flow}, but only these are filled in: {flow_id}, {flow_url}'],
      },
    ],
    // It would end the directive of a header.
    [{ name: 'x', redirect_uri: 'https://x;y.example/' }, { 'application.redirect_uri': [expect.any(String)] }],
  ])('refuses %j', async (application, errors) => {
    expect(await create(application)).toMatchObject({ status: 400, body: { message: 'Validation error', errors } })
    expect(box.world.applications.list()).toHaveLength(1)
  })

  test('needs a user who may manage', async () => {
    const sent = { application: { name: 'x' } }
    expect((await box.call('POST', '/oauth/applications', sent)).status).toBe(401)
    expect((await box.withScopes('flow', 'integration')('POST', '/oauth/applications', sent)).status).toBe(403)
  })

  test('ends at a limit, and says what to do', async () => {
    box = await openSandbox({ limits: { applications: 2 } })
    expect((await create({ name: 'second' })).status).toBe(201)
    const { status, body } = await create({ name: 'third' })
    expect([status, body.message]).toEqual([
      403,
      expect.stringContaining(`Delete one at ${box.url}/oauth/applications`),
    ])
    expect(box.world.applications.list()).toHaveLength(2)
  })
})
