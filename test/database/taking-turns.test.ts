import type { PGlite } from '@electric-sql/pglite'
import { expect, test } from 'vitest'
import { takingTurns } from '../../src/database/taking-turns.ts'

const busyMs = (ms: number) => {
  for (const start = performance.now(); performance.now() - start < ms; );
}

test('statements one after the other let others have their turn', async () => {
  const blocking: Pick<PGlite, 'execProtocolStream'> = {
    execProtocolStream: async () => {
      busyMs(2)
      return []
    },
  }
  const pglite = takingTurns(blocking)
  let turns = 0
  const others = setInterval(() => turns++)
  for (let statement = 0; statement < 30; statement++) await pglite.execProtocolStream(new Uint8Array())
  clearInterval(others)
  expect(turns).toBeGreaterThan(3)
})
