import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Box, openSandbox, ticket, waiting } from '../box.ts'
import { say } from '../documented/setting.ts'

/*
 * The packages `hubot` and `hubot-flowdock` as they were last published for each other, unchanged. Later versions of hubot cannot
 * load the adapter, which is in the first CoffeeScript. They take the addresses from the environment.
 */

const script = `module.exports = (robot) => {
  robot.hear(/cake/i, (message) => message.send('There is cake.'))
  robot.respond(/ping/i, (message) => message.reply('pong'))
}`

/** Starts a hubot that is Rosa. Resolves when it streams. */
async function startHubot({ url }: Box): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hubot-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'script.js'), script)
  const require = createRequire(import.meta.url)
  const parts = ['--require', require.resolve('coffeescript'), require.resolve('hubot/bin/hubot.js')]
  const options = ['--adapter', 'flowdock', '--name', 'Rosa', '--disable-httpd', '--require', folder]
  const environment = {
    PATH: process.env.PATH,
    HUBOT_FLOWDOCK_API_TOKEN: 'rosa-sandbox-api-token',
    FLOWDOCK_API_URL: url,
    FLOWDOCK_STREAM_URL: `${url}/flows`,
  }
  const child = spawn(process.execPath, [...parts, ...options], { cwd: folder, env: environment })
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  })
  let log = ''
  for (const output of [child.stdout, child.stderr]) output.setEncoding('utf8').on('data', (text) => (log += text))
  await expect.poll(() => log).toContain('connected and streaming')
  expect(log).toContain('Connecting to Flowdock as user Rosa (id 4).')
}

test('hubot answers in the thread, as a comment, by name and in private', async () => {
  const box = await openSandbox()
  const said = () => box.world.flows[0]?.messages.list().at(-1)
  await startHubot(box)

  const activity = { ...ticket, flow_token: box.connect().flowToken }
  const { body } = await box.call<{ thread_id: string }>('POST', '/messages', activity, waiting)
  const { thread_id: threadId } = body
  await say(box, 'Who wants cake?', `/flows/acme/main/threads/${threadId}/messages`)
  await expect
    .poll(said)
    .toMatchObject({ event: 'message', content: 'There is cake.', threadId, user: { nick: 'Rosa' } })

  const parent = await say(box, '@Rosa, ping')
  const text = '@Maija: pong'
  await expect.poll(said).toMatchObject({ event: 'comment', parent, content: { text }, user: { nick: 'Rosa' } })

  await box.as('maija')('POST', '/private/4/messages', { event: 'message', content: 'ping' })
  const conversation = async () => (await box.as('maija')<object[]>('GET', '/private/4/messages')).body.at(-1)
  await expect.poll(conversation).toMatchObject({ content: 'pong', user: '4', to: '1' })
})
