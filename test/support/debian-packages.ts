import { execFile } from 'node:child_process'
import { existsSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './python-packages.ts'

const run = promisify(execFile)

/**
 * With its own lists and archives, apt-get needs no rights and changes nothing on the system. It also finds out which libraries
 * the system lacks. The lists are good for an hour: several packages are usually unpacked one after the other.
 */
const unpack = `
  folder=$1; package=$2
  test -f "$folder/$package.complete" && exit
  lists="$folder/lists"; archives="$folder/archives"
  mkdir -p "$lists/partial" "$archives/partial" || exit
  apt="apt-get -qq -y --no-install-recommends -o Dir::State::Lists=$lists -o Dir::Cache=$folder -o Debug::NoLocking=true"
  apt="$apt -o APT::Sandbox::User=root -o Acquire::http::Timeout=15 -o Acquire::Retries=1"
  find "$folder/updated" -mmin -60 2>/dev/null | grep -q . || { timeout 60 $apt update >&2 && touch "$folder/updated"; } || exit
  timeout 120 $apt install --download-only --reinstall "$package" >&2 || exit
  for archive in "$archives"/*.deb; do dpkg -x "$archive" "$folder" || exit; done
  rm "$archives"/*.deb
  touch "$folder/$package.complete"
`

export type UnpackedProgram = {
  path: string
  /** Where its package is unpacked. */
  folder: string
  /** With the libraries that the system lacks. */
  env: Record<string, string>
}

/**
 * A program of a Debian package, unpacked into a cache folder and not installed. The first call on a machine downloads it; where
 * that fails, it answers undefined and says so on stderr. The tests then skip themselves.
 *
 * Call it at the top of a test file, with `await`: the download may take longer than a hook or a test has.
 *
 * @param path of the program in the package, such as `usr/sbin/nginx`
 */
export async function unpackedProgram(name: string, path: string): Promise<UnpackedProgram | undefined> {
  const folder = join(cacheFolder, 'debian')
  try {
    if (!existsSync('/etc/debian_version')) throw new Error('This is not Debian.')
    await mkdir(folder, { recursive: true })
    await run('flock', ['--timeout', '600', `${folder}.lock`, 'sh', '-c', unpack, 'sh', folder, name])
    const { stdout } = await run('sh', ['-c', 'find "$1" -name "*.so.*" -printf "%h\\n" | sort -u', 'sh', folder])
    return { path: join(folder, path), folder, env: { LD_LIBRARY_PATH: stdout.trim().replaceAll('\n', ':') } }
  } catch (error) {
    const why = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || String(error)
    writeSync(2, `\nSKIPPED: tests with ${name}, as its Debian package cannot be unpacked. ${why}\n`)
    return undefined
  }
}
