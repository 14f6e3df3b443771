import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { openTestApp } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import { readFixture } from '../receive/fixture.ts'
import { sign } from './receive.ts'

const folder = join(import.meta.dirname, 'fixtures')
const env = {
  MATRIX_HOMESERVER_URL: 'http://127.0.0.1:1',
  MATRIX_SERVER_NAME: 'chat.test',
  MATRIX_AS_TOKEN: 'as-secret',
  MATRIX_HS_TOKEN: 'hs-secret',
}
const testApp = await closedAtEnd(openTestApp({ env }))

test('every fixture in the repository is a transaction that is stored', async () => {
  const names = await readdir(folder)
  expect(names.length).toBeGreaterThan(5)
  for (const [index, name] of names.entries()) {
    const fixture = await readFixture(join(folder, name), async () => new Map())
    const server = { config: readConfig(env), now: new Date(1_800_000_000_000 + index) }
    const { method, url, headers, body } = await sign(fixture, { ...server, secrets: ['x'.repeat(32)] })
    const answer = await testApp.app.inject({ method: method as 'PUT', url, headers, payload: body })
    expect([name, answer.statusCode, answer.json()]).toEqual([name, 200, {}])
    expect(await testApp.database.prisma.inboxMessage.count()).toBe(index + 1)
  }
})
