import type { PGlite } from '@electric-sql/pglite'

/** A turn of the event loop may take some milliseconds more, for the statement that runs. */
const maxTurnMs = 5

/**
 * PGlite answers without leaving the turn of the event loop. Without this, a caller with many statements, such as a large
 * transaction or a download, would keep all other requests waiting until its end. So a statement waits for the
 * next turn if statements have run for some milliseconds in this one.
 */
export function takingTurns<Queried extends Pick<PGlite, 'execProtocolStream'>>(pglite: Queried): Queried {
  const { execProtocolStream } = pglite
  let turnBegan: number | undefined
  pglite.execProtocolStream = async (...given) => {
    if (turnBegan === undefined) {
      turnBegan = performance.now()
      setImmediate(() => {
        turnBegan = undefined
      })
    } else if (performance.now() - turnBegan > maxTurnMs) await new Promise(setImmediate)
    return execProtocolStream.apply(pglite, given)
  }
  return pglite
}
