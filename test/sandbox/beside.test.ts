import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { type SandboxBeside, startSandbox, withSandboxVariables } from '../../src/sandbox/beside.ts'
import { freePort } from '../support/postgres-server.ts'

let sandbox: SandboxBeside | undefined
afterEach(async () => sandbox?.close())

const whoami = async (url: string, token: string | undefined) => {
  const answer = await fetch(`${url}/_matrix/client/v3/account/whoami`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: answer.status, body: await answer.json() }
}

async function start(variables: Record<string, string>) {
  const port = String(await freePort())
  const config = withSandboxVariables(readConfig({ SANDBOX_PORT: port, ...variables }))
  sandbox = await startSandbox(config, ['a secret that is long enough for the tests'])
  return { url: `http://127.0.0.1:${port}`, environment: config.environment }
}

test('the sandbox is a homeserver that knows Polldock', async () => {
  const { url, environment } = await start({})
  expect(await whoami(url, environment.MATRIX_AS_TOKEN)).toMatchObject({
    ...{ status: 200, body: { user_id: '@polldock:acme.example' } },
  })
  expect(environment.MATRIX_HS_TOKEN).not.toBe(environment.MATRIX_AS_TOKEN)
})

test('it is none if that is switched off', async () => {
  const { url, environment } = await start({ SANDBOX_MATRIX: 'off' })
  expect(environment.MATRIX_HOMESERVER_URL).toBeUndefined()
  expect((await whoami(url, 'any')).status).toBe(404)
})

test('another homeserver stays', async () => {
  const given = {
    ...{ MATRIX_HOMESERVER_URL: 'https://matrix.example', MATRIX_SERVER_NAME: 'example' },
    ...{ MATRIX_AS_TOKEN: 'one', MATRIX_HS_TOKEN: 'two' },
  }
  const { url, environment } = await start(given)
  expect(environment).toMatchObject(given)
  expect((await whoami(url, 'one')).status).toBe(404)
})

test('the variable is on or off', () => {
  expect(() => withSandboxVariables(readConfig({ SANDBOX_MATRIX: 'yes' }))).toThrow(
    'SANDBOX_MATRIX is “yes” but must be on or off',
  )
})
