import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { debianProgram } from '../../support/debian-programs.ts'
import { type Box, basic, openSandbox } from '../box.ts'
import { form, json, type SentRequest, sendAsRuby } from './ruby.ts'

/*
 * Flowdock's start-up script: flowdock-oauth.rb of the repository flowdock/flowdock-example-integration at 4a512a6. It creates an
 * application, signs in with a password, lists the flows, and creates a source in each. Its requests were recorded with Ruby 3.1
 * and oauth2 1.4.4. `FLOWDOCK_OAUTH_RB` names a copy of the script, to run it, too.
 */

const outOfBand = 'urn:ietf:wg:oauth:2.0:oob'
const user = { email: 'maija@acme.example', password: 'maija-sandbox-password' }

const script = process.env.FLOWDOCK_OAUTH_RB
if (!script) writeSync(2, '\nSKIPPED: a run of flowdock-oauth.rb, as FLOWDOCK_OAUTH_RB names no copy of it.\n')
const ruby = script ? await debianProgram('ruby', 'ruby', 'ruby-oauth2') : undefined

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const send = (request: SentRequest) => sendAsRuby(box.url, request)
const sources = () => box.world.flows.map(({ id }) => box.world.sources.list(id).map(({ name }) => name))

test('the requests of flowdock-oauth.rb create an application, and a source in each flow', async () => {
  const application = await send({
    ...{ method: 'POST', path: '/oauth/applications' },
    headers: { ...json, accept: 'application/json', authorization: basic(user.email, user.password) },
    body: `{"application":{"name":"Ticket desk","redirect_uri":"${outOfBand}"}}`,
  })
  expect(application.status).toBeLessThan(400)
  const { client_id, client_secret } = application.body
  const signIn = { client_id, client_secret, grant_type: 'password', password: user.password }
  const body = `${new URLSearchParams({ ...signIn, redirect_uri: outOfBand, scope: 'flow integration', username: user.email })}`
  const { body: token } = await send({ method: 'POST', path: '/oauth/token', headers: form, body })
  const headers = { authorization: `Bearer ${token.access_token}` }
  const { body: flows } = await send({ method: 'GET', path: '/flows.json', headers })
  expect(flows).toMatchObject([
    { name: 'Main', open: true, organization: { name: 'Acme' } },
    { name: 'Lunch Club', open: true, organization: { name: 'Acme' } },
  ])
  for (const { url } of flows) {
    const path = `${url.slice(box.url.length)}/sources`
    const created = await send({ method: 'POST', path, headers: { ...form, ...headers }, body: 'name=Tickets' })
    expect(created).toMatchObject({ status: 201, body: { id: expect.any(Number), flow_token: expect.any(String) } })
  }
  expect(sources()).toEqual([['Tickets'], ['Tickets']])
})

test.skipIf(!script || !ruby)('flowdock-oauth.rb itself does, and its command for curl posts', async () => {
  // It asks for the password without showing it, which needs a terminal, unless Ruby has no io/console.
  const library = await mkdtemp(join(tmpdir(), 'no-console-'))
  onTestFinished(() => rm(library, { recursive: true }))
  await mkdir(join(library, 'io'))
  await writeFile(join(library, 'io/console.rb'), 'raise LoadError\n')
  const child = spawn(ruby ?? '', ['-W0', '-I', library, script ?? ''], {
    env: { PATH: process.env.PATH, FLOWDOCK_API_URL: box.url },
    timeout: 60_000,
  })
  child.stdin.end([user.email, user.password, 'Ticket desk', '', '', 'Tickets', ''].join('\n'))
  const [said, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(errors).toBe('')
  expect(sources()).toEqual([['Tickets'], ['Tickets']])

  const shell = spawn('sh', ['-c', said.slice(said.indexOf('curl -i'))], { timeout: 30_000 })
  expect(await text(shell.stdout)).toMatch(/^HTTP\/1\.1 202 /)
  expect(box.world.flows[1]?.threads.list()).toMatchObject([{ title: 'Polish the flux capacitor', activities: 1 }])
})
