import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest'
import type { Chat, ChatTimeouts } from '../../../src/chat/chat.ts'
import { openChats } from '../../../src/chat/chats.ts'
import { readConfig } from '../../../src/config.ts'
import { testSecret } from '../../support/app.ts'
import { noBallots } from '../../support/no-ballots.ts'
import { deliveryCases } from './delivery-cases.ts'
import { eventCases } from './event-cases.ts'
import { DirectRoom, longEnough, type OnStage } from './on-stage.ts'
import { outcomeCases } from './outcome-cases.ts'
import type { ChatStage } from './stage.ts'

/**
 * What every chat has to do, tested with its stand-in over the network: what becomes of a message, within which time, what
 * people see, and how delivery works with it. See `ChatStage` for what a chat provides.
 */
export function chatContract(name: string, openStage: () => Promise<ChatStage>): void {
  describe(`${name} as a chat`, () => {
    let opened: ChatStage | undefined
    const on: OnStage = {
      get stage() {
        if (!opened) throw new TypeError('The stage is not open yet.')
        return opened
      },
      open: (timeouts = longEnough) => {
        const chat = openChat(on.stage, timeouts)
        onTestFinished(() => chat.close())
        return chat
      },
      room: async (timeouts) => new DirectRoom(on.open(timeouts), await on.stage.connect(), on.stage),
      testIf: (kind, title, run) =>
        test(title, async ({ skip }) => {
          const { lacks = [] } = on.stage
          skip(lacks === 'all' || lacks.includes(kind), `${name} has no such fault`)
          await run()
        }),
    }
    beforeAll(async () => {
      opened = await openStage()
    })
    afterAll(() => opened?.close())
    outcomeCases(on)
    eventCases(on)
    deliveryCases(on)
  })
}

function openChat(stage: ChatStage, timeouts: ChatTimeouts): Chat {
  const config = readConfig({ SANDBOX: 'off', ...stage.environment })
  const chats = openChats(config, { timeouts, clock: () => new Date(), secrets: [testSecret], reads: noBallots }).map(
    ({ chat }) => chat,
  )
  const chat = chats.find(({ description }) => description.key === stage.key)
  if (!chat) throw new TypeError(`The environment of the stage does not open ${stage.key}.`)
  return chat
}
