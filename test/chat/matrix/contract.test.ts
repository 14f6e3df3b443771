import { startMatrix } from '../../support/matrix.ts'
import { matrixEnvironment, messagesOf, readText, stateOf } from '../../support/matrix-rooms.ts'
import { chatContract } from '../contract/contract.ts'
import { FaultyHttp, faultsOf } from '../contract/faulty-http.ts'
import type { ChatStage, StagedRoom } from '../contract/stage.ts'

chatContract('Matrix', async (): Promise<ChatStage> => {
  const matrix = await startMatrix()
  const http = await FaultyHttp.open(
    matrix.url,
    (method, path) => method === 'PUT' && /\/send\/m\.room\.message\/(?!error)/.test(path),
  )
  const ann = await matrix.person('Ann')
  const bot = matrix.appService()

  const room = async (): Promise<StagedRoom> => {
    // The bot is a moderator, so polls are also native polls, which are no messages.
    const power = { users: { [bot.userId]: 50 } }
    const id = await ann.createRoom({
      ...{ preset: 'private_chat', invite: [bot.userId], power_level_content_override: power },
    })
    await bot.join(id)
    const all = () => ann.messages(id)
    return {
      externalId: id,
      credentials: id,
      secrets: [matrix.registration.as_token],
      messages: async () => messagesOf(await all(), bot.userId),
      state: async () => stateOf(await all(), bot.userId),
      error: async () => {
        const shown = (await all()).findLast(({ content }) => 'org.polldock.error' in content)
        return shown?.content['org.polldock.error'] ? readText(shown) : ''
      },
    }
  }

  return {
    key: 'matrix',
    environment: matrixEnvironment(matrix, http.url),
    connect: room,
    fault: faultsOf(http, {
      'rate limit': (seconds) => ({
        status: 429,
        body: JSON.stringify({
          errcode: 'M_LIMIT_EXCEEDED',
          error: 'Too Many Requests',
          retry_after_ms: seconds * 1_000,
        }),
      }),
      gone: ({ externalId }) => ann.kick(externalId, bot.userId),
      unauthorized: { status: 401, body: '{"errcode":"M_UNKNOWN_TOKEN","error":"Unrecognised access token."}' },
      invalid: { status: 413, body: '{"errcode":"M_TOO_LARGE","error":"event too large"}' },
    }),
    showsRepeatsOnce: true,
    // Ids of events are random.
    takeSent: () =>
      http
        .takeSeen()
        .map(({ method, path, body }) =>
          `${method} ${decodeURIComponent(path)} ${body}`.replace(/\$[\w-]{20,}/g, '$…'),
        ),
    connections: () => http.connections,
    close: async () => {
      await http.close()
      await matrix.close()
    },
  }
})
