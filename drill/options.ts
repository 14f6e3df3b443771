import { parseArgs } from 'node:util'
import type { Drill } from './drill.ts'
import { drills } from './drills.ts'

export type DrillOptions = { chosen: Drill[]; isShort: boolean; write: string | undefined }

export const usage = `npm run drill -- [options] [name…]
  --short                  seconds instead of minutes, as in the tests
  --write=docs/drills.md   put the table there, between the markers
All drills unless named:
  ${drills.map(({ name }) => name).join('\n  ')}`

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws {UsageError} when there is no such option, or no such drill */
export function readOptions(args: string[]): DrillOptions {
  const { values, positionals } = parse(args)
  const unknown = positionals.find((name) => !drills.some((drill) => drill.name === name))
  if (unknown !== undefined) throw new UsageError(`There is no drill ${unknown}.`)
  const chosen = drills.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  return { chosen, isShort: values.short, write: values.write }
}

function parse(args: string[]) {
  const options = { short: { type: 'boolean', default: false }, write: { type: 'string' } } as const
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
