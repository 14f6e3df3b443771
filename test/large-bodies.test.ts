import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { openTestApp } from './support/app.ts'
import { closedAtEnd } from './support/at-end.ts'

const testApp = await closedAtEnd(openTestApp())
const port = Number(new URL(await testApp.listen()).port)

test('a client that sends far too much before it reads gets the refusal', async () => {
  const body = `title=${'x'.repeat(8_000_000)}`
  const type = 'application/x-www-form-urlencoded'
  const head = `Host: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}`
  const socket = connect(port, '127.0.0.1')
  await new Promise((sent) => socket.write(`POST /polls HTTP/1.1\r\n${head}\r\n\r\n${body}`, sent))
  let answer = ''
  while (!answer.includes('</html>')) answer += (await once(socket, 'data'))[0]
  socket.destroy()
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(answer).toContain('One form holds at most 64 KiB.')
})
