import { parseArgs } from 'node:util'
import { composeDrills } from './compose/drills.ts'
import type { ComposeOptions } from './compose/run.ts'
import type { Drill } from './drill.ts'
import { drills } from './drills.ts'

export type DrillOptions = {
  chosen: Drill[]
  /** The ones of the compose file; undefined without `--compose`. */
  composed: ComposeOptions | undefined
  isShort: boolean
  write: string | undefined
  /** After `npm run`, as the markers of a page name it. */
  command: string
}

export const usage = `npm run drill -- [options] [name…]
  --short                  seconds instead of minutes, as in the tests
  --write=docs/drills.md   put the table there, between the markers that name this command
  --compose                drills of the compose file, on a container engine that is made for them
  --debian-caddy           with Debian's Caddy 2.6 instead of the compose file's
All drills unless named:
  ${drills.map(({ name }) => name).join('\n  ')}
With --compose:
  ${composeDrills.map(({ name }) => name).join('\n  ')}`

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws {UsageError} when there is no such option, or no such drill */
export function readOptions(args: string[]): DrillOptions {
  const { values, positionals } = parse(args)
  const known: { name: string }[] = values.compose ? composeDrills : drills
  const unknown = positionals.find((name) => !known.some((drill) => drill.name === name))
  if (unknown !== undefined) throw new UsageError(`There is no drill ${unknown}.`)
  const isChosen = ({ name }: { name: string }) => positionals.length === 0 || positionals.includes(name)
  return {
    chosen: drills.filter(isChosen),
    composed: values.compose ? compose(composeDrills.filter(isChosen), values['debian-caddy']) : undefined,
    isShort: values.short,
    write: values.write,
    command: commandOf(values, positionals),
  }
}

function compose(drills: ComposeOptions['drills'], isDebian: boolean): ComposeOptions {
  return isDebian ? { drills, caddy: 'caddy:debian' } : { drills }
}

function commandOf(values: Record<string, unknown>, names: string[]): string {
  const options = ['compose', 'debian-caddy', 'write'].filter((name) => values[name])
  return ['drill', '--', ...options.map((name) => `--${name}`), ...names].join(' ')
}

function parse(args: string[]) {
  const isSet = { type: 'boolean', default: false } as const
  const options = { short: isSet, compose: isSet, 'debian-caddy': isSet, write: { type: 'string' } } as const
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
