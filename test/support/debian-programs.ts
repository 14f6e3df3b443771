import { execFile } from 'node:child_process'
import { existsSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)
const lock = '/tmp/polldock-tests-apt.lock'

/**
 * Downloads are cut off after a bounded time; dpkg never is, since that would leave half a package. Where `apt-get update` fails,
 * the lists may still be good enough.
 */
const install = `
  program=$1; shift
  command -v "$program" && exit
  export DEBIAN_FRONTEND=noninteractive
  apt="apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Acquire::http::Timeout=15 -o Acquire::Retries=1"
  timeout 60 $apt update >&2
  timeout 240 $apt install --download-only "$@" >&2 && $apt install --no-download "$@" >&2 && command -v "$program"
`

const found = new Map<string, Promise<string | undefined>>()

/**
 * The path of a program that tests use if they can get it, such as another browser. Where it is not on PATH, it is installed from
 * Debian's packages (those named, or the one with the program's name): as root on Debian, as in CI and most containers. Elsewhere
 * it answers undefined, and says so on stderr; the test then skips itself (`test.skipIf(!path)`).
 *
 * Call it at the top of a test file, with `await`: the download may take longer than a hook or a test has.
 */
export function debianProgram(program: string, ...packages: string[]): Promise<string | undefined> {
  const known = found.get(program) ?? find(program, packages.length > 0 ? packages : [program])
  found.set(program, known)
  return known
}

async function find(program: string, packages: string[]): Promise<string | undefined> {
  const path = await run('sh', ['-c', 'command -v "$1"', 'sh', program]).catch(() => undefined)
  if (path) return path.stdout.trim()
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0)
    return missing(program, packages, 'only root on Debian can install it')
  try {
    // One at a time: apt-get does not wait while another one updates its lists.
    const { stdout } = await run('flock', ['--timeout', '600', lock, 'sh', '-c', install, 'sh', program, ...packages])
    return stdout.trim()
  } catch (error) {
    return missing(program, packages, (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || String(error))
  }
}

function missing(program: string, packages: string[], why: string): undefined {
  writeSync(2, `\nSKIPPED: tests with ${program}, as it is not here (Debian: ${packages.join(' ')}). ${why}\n`)
}
