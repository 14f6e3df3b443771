import { parseArgs } from 'node:util'
import { type ComposeDrill, composeDrills } from './compose/drills.ts'
import type { Drill } from './drill.ts'
import { drills } from './drills.ts'

export type DrillOptions = {
  chosen: Drill[]
  /** The ones of the compose file; undefined without `--compose`. */
  composed: ComposeDrill[] | undefined
  isShort: boolean
  write: string | undefined
}

export const usage = `npm run drill -- [options] [name…]
  --short                  seconds instead of minutes, as in the tests
  --write=docs/drills.md   put the table there, between the markers
  --compose                drills of the compose file, on a container engine that is made for them
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
    composed: values.compose ? composeDrills.filter(isChosen) : undefined,
    isShort: values.short,
    write: values.write,
  }
}

function parse(args: string[]) {
  const isSet = { type: 'boolean', default: false } as const
  const options = { short: isSet, compose: isSet, write: { type: 'string' } } as const
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
