import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, inject, test } from 'vitest'
import { processEnvironment } from '../support/database.ts'
import { freePort } from '../support/postgres-server.ts'
import { runPolldock, startPolldock } from '../support/process.ts'

const testOnce = test.runIf(inject('database').kind === 'postgres')

testOnce('metrics are served on a port of their own, and nowhere else', async () => {
  const { variables, remove } = await processEnvironment()
  const port = await freePort()
  const polldock = await startPolldock({ ...variables, METRICS_PORT: String(port) })
  const metrics = `http://127.0.0.1:${port}`
  expect((await fetch(`${polldock.url}/metrics`)).status).toBe(404)
  expect((await fetch(`${metrics}/`)).status).toBe(404)
  const answer = await fetch(`${metrics}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(await answer.text()).toMatch(
    /^http_request_duration_seconds_count\{method="GET",route="unknown",status="4xx"\} 1$/m,
  )
  polldock.send('SIGTERM')
  expect(await polldock.ended).toMatchObject({ code: 0, errors: '' })
  await remove()
})

testOnce('a port in use for the metrics is one plain line', async () => {
  const { variables, remove } = await processEnvironment()
  const other = createServer()
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
  const { port } = other.address() as AddressInfo
  const { code, errors } = await runPolldock({ ...variables, PORT: '0', METRICS_PORT: String(port) })
  other.close()
  expect([code, errors]).toEqual([
    1,
    `Port ${port} on 127.0.0.1, for the metrics, is in use. Set METRICS_PORT to another port, or leave it out.\n`,
  ])
  await remove()
})
