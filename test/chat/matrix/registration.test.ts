import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { readMatrixConfig } from '../../../src/chat/matrix/config.ts'
import { registrationYaml, variablesOf } from '../../../src/chat/matrix/registration/registration.ts'

const registration = {
  id: 'polldock',
  url: new URL('https://polls.example.org'),
  asToken: 'for-the-homeserver',
  hsToken: 'for-polldock',
  bot: 'polldock',
  ghostPrefix: 'polldock_',
  serverName: 'example.org',
}

test('a registration has all that a homeserver asks for', () => {
  expect(parse(registrationYaml(registration))).toEqual({
    id: 'polldock',
    url: 'https://polls.example.org',
    as_token: 'for-the-homeserver',
    hs_token: 'for-polldock',
    sender_localpart: 'polldock',
    rate_limited: false,
    namespaces: { users: [{ regex: expect.any(String), exclusive: true }] },
  })
})

test('its namespace holds the ghosts, and no account of anybody else', () => {
  const file = parse(registrationYaml({ ...registration, ghostPrefix: 'p.', serverName: 'chat.example.org:8448' }))
  const regex = new RegExp(`^(?:${file.namespaces.users[0].regex})`)
  expect('@p.abcdefghijk234:chat.example.org:8448').toMatch(regex)
  expect('@paabcdefghijk234:chat.example.org:8448').not.toMatch(regex)
  expect('@p.abcdefghijk234:chatxexample.org:8448').not.toMatch(regex)
  expect('@polldock:chat.example.org:8448').not.toMatch(regex)
})

test('its variables are the configuration of the same registration', () => {
  const text = variablesOf({ ...registration, bot: 'polls' }, new URL('https://matrix.example.org'))
  const variables = Object.fromEntries(text.split('\n').map((line) => line.split('=') as [string, string]))
  expect(readMatrixConfig(variables)).toMatchObject({
    asToken: 'for-the-homeserver',
    hsToken: 'for-polldock',
    bot: '@polls:example.org',
    ghostPrefix: 'polldock_',
  })
})

describe('npm run matrix:registration', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registration-'))
    onTestFinished(() => rm(folder, { recursive: true }))
  })

  const program = join(import.meta.dirname, '../../../src/chat/matrix/registration/main.ts')
  const needed = ['--homeserver-url', 'http://127.0.0.1:8008', '--server-name', 'chat.test']
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, PUBLIC_URL: 'https://polls.example.org' },
    })
  const file = () => join(folder, 'polldock-matrix.yaml')
  const tokens = async () => {
    const { as_token, hs_token } = parse(await readFile(file(), 'utf8'))
    return [as_token, hs_token] as [string, string]
  }

  test('writes fresh tokens that only the owner can read, and prints the variables', async () => {
    const { stdout } = await run(...needed)
    const [asToken, hsToken] = await tokens()
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(asToken).toMatch(/^[0-9a-f]{64}$/)
    expect(hsToken).not.toBe(asToken)
    expect(stdout).toContain(`MATRIX_SERVER_NAME=chat.test\nMATRIX_AS_TOKEN=${asToken}\nMATRIX_HS_TOKEN=${hsToken}\n`)
    expect(stdout).toContain('app_service_config_files:\n       - /path/to/polldock-matrix.yaml')
    expect(stdout).toContain('Polldock must answer at https://polls.example.org/')
  })

  test('replaces a file only if asked to, and its mode too', async () => {
    await writeFile(file(), 'as_token: in use', { mode: 0o644 })
    await expect(run(...needed)).rejects.toMatchObject({ stderr: expect.stringContaining('--overwrite replaces them') })
    expect(await readFile(file(), 'utf8')).toBe('as_token: in use')
    await run(...needed, '--overwrite')
    expect((await tokens())[0]).toMatch(/^[0-9a-f]{64}$/)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
  })

  test('says what is missing or wrong', async () => {
    const saying = (text: string) => ({ code: 1, stderr: expect.stringContaining(text) })
    await expect(run()).rejects.toMatchObject(saying('--homeserver-url is missing'))
    await expect(run('--homeserver-url', 'http://127.0.0.1:8008')).rejects.toMatchObject(
      saying('MATRIX_SERVER_NAME is missing'),
    )
    await expect(run(...needed, '--url', 'polls')).rejects.toMatchObject(saying('--url must be a URL'))
    await expect(run(...needed, '--unknown')).rejects.toMatchObject(saying('--server-name'))
  })
})
