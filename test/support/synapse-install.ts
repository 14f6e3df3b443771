import { execFile } from 'node:child_process'
import { writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const synapseVersion = '1.163.2'

/** Not in `node_modules`, which each clean install deletes. */
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'polldock')

/** Waits for another process that installs it now. Every download has an end. */
const install = `
  test -f "$1/complete" && exit
  timeout 60 python3 -m venv --clear "$1" >&2 || exit
  timeout 240 "$1/bin/pip" install --quiet --disable-pip-version-check --timeout 15 --retries 1 "matrix-synapse==$2" >&2 || exit
  touch "$1/complete"
`

/**
 * The Python of a virtual environment with Synapse, a Matrix homeserver. The first call on a machine installs it; where
 * that fails, it answers undefined and says so on stderr. The tests then skip themselves.
 *
 * Call it at the top of a test file, with `await`: the download may take longer than a hook or a test has.
 */
export async function installedSynapse(): Promise<string | undefined> {
  const directory = join(cache, `synapse-${synapseVersion}`)
  try {
    await mkdir(cache, { recursive: true })
    await run('flock', ['--timeout', '360', `${directory}.lock`, 'sh', '-c', install, 'sh', directory, synapseVersion])
    const python = join(directory, 'bin', 'python')
    await run(python, ['-c', 'import synapse.app.homeserver'])
    return python
  } catch (error) {
    const why = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || String(error)
    writeSync(
      2,
      `\nSKIPPED: tests with a real Matrix homeserver, as Synapse ${synapseVersion} cannot be installed. ${why}\n`,
    )
    return undefined
  }
}
