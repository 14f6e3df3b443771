import { expect, test } from 'vitest'
import { openChats } from '../../../src/chat/chats.ts'
import { MatrixChat } from '../../../src/chat/matrix/matrix-chat.ts'
import { readConfig } from '../../../src/config.ts'
import { testSecret } from '../../support/app.ts'
import { noBallots } from '../../support/no-ballots.ts'

/** The Matrix of a Polldock whose sandbox is at port 3301. */
function chatAt(homeserver: string) {
  const config = readConfig({
    ...{ MATRIX_HOMESERVER_URL: homeserver, MATRIX_SERVER_NAME: 'chat.test' },
    ...{ MATRIX_AS_TOKEN: 'one', MATRIX_HS_TOKEN: 'two' },
  })
  const timeouts = { connectMs: 100, totalMs: 100 }
  const chats = openChats(config, { timeouts, clock: () => new Date(), secrets: [testSecret], reads: noBallots })
  const chat = chats.map((opened) => opened.chat).find((one) => one instanceof MatrixChat)
  if (!chat) throw new TypeError('There is no Matrix.')
  return chat
}

test('links to the sandbox lead to its pages', () => {
  const { links, description } = chatAt('http://localhost:3301')
  expect(links.room('!a:chat.test')).toBe('http://localhost:3301/app/matrix/rooms/!a%3Achat.test')
  expect(links.bot).toBe('http://localhost:3301/app/matrix/direct')
  expect(description.sandbox).toBe('http://localhost:3301/app/matrix')
})

test('all other links lead to the client of the reader’s choice', () => {
  const { links, description } = chatAt('https://matrix.example.org')
  expect(links.room('!a:chat.test')).toBe('https://matrix.to/#/!a%3Achat.test?via=chat.test')
  expect(links.bot).toBe('https://matrix.to/#/%40polldock%3Achat.test')
  expect(description.sandbox).toBeUndefined()
})
