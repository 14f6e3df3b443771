import { readFile } from 'node:fs/promises'

const page = new URL('../../docs/operating.md', import.meta.url)

/**
 * The commands that docs/operating.md gives below a heading, or below a phrase such as `**On another machine**`.
 *
 * @param changes replacements for this deployment; each must be found
 * @throws when there are none, or a text to be replaced is missing
 */
export async function documented(below: string, changes: Record<string, string> = {}): Promise<string> {
  const text = await readFile(page, 'utf8')
  const start = text.indexOf(`\n${below}`)
  const commands = start < 0 ? undefined : /\n```sh\n(.*?)\n```/s.exec(text.slice(start))?.[1]
  if (!commands) throw new Error(`docs/operating.md has no commands below “${below}”.`)
  return Object.entries(changes).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`The commands below “${below}” do not contain “${from}”.`)
    return changed.replace(from, to)
  }, commands)
}

/** A rolling restart: the upgrade, without a change from elsewhere. */
export function rollingRestart(): Promise<string> {
  return documented('## Upgrade', { 'git pull\n': '' })
}
