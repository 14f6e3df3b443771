import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ShownRoom } from './matrix-judge.ts'
import type { MatrixPerson } from './matrix-person.ts'

const script = fileURLToPath(new URL('nio-client.py', import.meta.url))
const maxBytes = 16 * 1_048_576

/** What a person reads of a room in a client that is built on matrix-nio, another program than that of `freshlyShown`. */
export async function shownByNio(
  python: string,
  { url, userId, token }: MatrixPerson,
  room: string,
): Promise<ShownRoom> {
  const reading = promisify(execFile)(python, [script], { timeout: 60_000, maxBuffer: maxBytes })
  reading.child.stdin?.end(JSON.stringify({ url, account: userId, token, room }))
  return JSON.parse((await reading).stdout) as ShownRoom
}
