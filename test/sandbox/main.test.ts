import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const main = fileURLToPath(new URL('../../src/sandbox/main.ts', import.meta.url))

function start(variables: Record<string, string>) {
  const child = spawn(process.execPath, [main], { cwd: tmpdir(), env: { PATH: process.env.PATH, ...variables } })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function failure(variables: Record<string, string>) {
  const child = start(variables)
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { errors, code }
}

test('the sandbox prints its address and that it stores nothing, serves, and stops on a signal', async () => {
  const child = start({ SANDBOX_PORT: '0' })
  const [line] = await once(child.stdout, 'data')
  expect(String(line)).toMatch(/^The Flowdock sandbox is ready: http:\S+ \(its state is lost when it stops\)\n$/)
  const url = /http:\S+/.exec(String(line))?.[0]
  expect((await fetch(`${url}flows`)).status).toBe(401)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('the sandbox reports in one line that its port is in use', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await failure({ SANDBOX_PORT: String(port) })).toEqual({
    errors: `Port ${port} on 127.0.0.1 is in use. Set SANDBOX_PORT to another one.\n`,
    code: 1,
  })
})

test('the sandbox reports errors of its configuration', async () => {
  expect(await failure({ SANDBOX_PORT: 'x' })).toEqual({
    errors:
      'The Flowdock sandbox cannot start with this configuration:\n  SANDBOX_PORT must be a port number from 0 to 65535\n',
    code: 1,
  })
})
