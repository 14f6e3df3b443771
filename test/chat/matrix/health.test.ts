import fastify from 'fastify'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readMatrixConfig } from '../../../src/chat/matrix/config.ts'
import { MatrixChat } from '../../../src/chat/matrix/matrix-chat.ts'
import { testSecret } from '../../support/app.ts'
import { type MatrixStandIn, startMatrix } from '../../support/matrix.ts'
import { matrixEnvironment } from '../../support/matrix-rooms.ts'
import { noBallots } from '../../support/no-ballots.ts'

let matrix: MatrixStandIn

beforeEach(async () => {
  matrix = await startMatrix()
  onTestFinished(() => matrix.close())
})

function open(more: Record<string, string> = {}): MatrixChat {
  const config = readMatrixConfig({ ...matrixEnvironment(matrix), ...more })
  if (!config) throw new TypeError('There is no homeserver.')
  const publicUrl = new URL('https://polls.example.org')
  const chat = new MatrixChat({
    matrix: config,
    publicUrl,
    clock: () => new Date(),
    secrets: [testSecret],
    reads: noBallots,
  })
  onTestFinished(() => chat.close())
  return chat
}

/** Answers the homeserver's ping as Polldock does. */
async function listen(status = 200): Promise<void> {
  const polldock = fastify()
  polldock.post('/_matrix/app/v1/ping', async (_request, reply) => reply.code(status).send({}))
  matrix.pushTo(await polldock.listen({ host: '127.0.0.1', port: 0 }))
  onTestFinished(() => polldock.close())
}

describe('Matrix', () => {
  test('is well when both reach each other', async () => {
    await listen()
    const chat = open()
    expect(await chat.health.check()).toBeUndefined()
    expect(chat.description.trouble).toBeUndefined()
  })

  test('is in trouble when the token is unknown, or that of another account', async () => {
    await listen()
    const unknown = open({ MATRIX_AS_TOKEN: 'unknown' })
    expect(await unknown.health.check()).toMatch(/^Polldock cannot use the homeserver\. The homeserver answered 401/)
    expect(unknown.description.trouble).toBe(unknown.health.trouble)
    expect(await open({ MATRIX_BOT: 'polls' }).health.check()).toContain(
      'The token in MATRIX_AS_TOKEN is that of @polldock:chat.test, not of @polls:chat.test.',
    )
  })

  test('is in trouble when the homeserver cannot reach Polldock, or is not accepted there', async () => {
    const trouble = /^The homeserver cannot reach Polldock, so nothing that people do there arrives\./
    matrix.pushTo('http://127.0.0.1:1')
    expect(await open().health.check()).toMatch(trouble)
    await listen(403)
    expect(await open().health.check()).toMatch(trouble)
    expect(await open({ MATRIX_REGISTRATION_ID: 'another' }).health.check()).toMatch(trouble)
  })

  test('is in trouble while the homeserver is down', async () => {
    const chat = open({ MATRIX_HOMESERVER_URL: 'http://127.0.0.1:1' })
    expect(await chat.health.check()).toBe(
      'Polldock cannot use the homeserver. The homeserver could not be reached (ECONNREFUSED).',
    )
  })

  test('says so in the log once, and when it works', async () => {
    matrix.pushTo('http://127.0.0.1:1')
    const chat = open()
    const lines: string[] = []
    const write = (_about: unknown, text: string) => void lines.push(text)
    chat.health.start({ warn: write, info: write } as never)
    await expect.poll(() => lines).toEqual(['Matrix does not work'])
    await chat.close()
    await listen()
    open().health.start({ warn: write, info: write } as never)
    await expect.poll(() => lines).toEqual(['Matrix does not work', 'Matrix works'])
  })
})
