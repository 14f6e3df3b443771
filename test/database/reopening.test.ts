import { PGlite } from '@electric-sql/pglite'
import { expect, test, vi } from 'vitest'
import { openReopening } from '../../src/database/reopening.ts'

/** A database whose next statement panics, as when its log cannot be written. */
async function openPanicking(): Promise<PGlite> {
  const pglite = await PGlite.create()
  const { execProtocolStream } = pglite
  pglite.execProtocolStream = async (...given) => {
    await execProtocolStream.apply(pglite, given)
    throw Object.assign(new Error('could not write to file'), { severity: 'PANIC', code: '53100' })
  }
  return pglite
}

test('a database that panicked gets no more queries, until a new one replaces it', async () => {
  const panicking = await openPanicking()
  const ask = vi.spyOn(panicking, 'execProtocolStream')
  const open = vi.fn<() => Promise<PGlite>>(() => PGlite.create())
  open.mockResolvedValueOnce(panicking).mockRejectedValueOnce(new Error('The disk is still full.'))
  const pglite = await openReopening(open, 10)
  await expect(pglite.query('SELECT 1')).rejects.toThrow('could not write')
  await expect(pglite.transaction((tx) => tx.query('SELECT 1'))).rejects.toThrow('could not write')
  expect(ask).toHaveBeenCalledTimes(1)
  await expect
    .poll(() =>
      pglite.query('SELECT 1').then(
        ({ rows }) => rows.length,
        () => 0,
      ),
    )
    .toBe(1)
  await pglite.close()
})
