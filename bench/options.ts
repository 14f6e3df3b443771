import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Scale } from './section.ts'

export type BenchOptions = {
  scale: Scale
  only: string[] | undefined
  databases: string[]
  write: string | undefined
  /** The folder of another build to compare with. */
  against: string | undefined
}

export const usage = `npm run bench -- [options]
  --only=a,c              only these tables: a one poll, b many polls, c pages, d sizes, e live viewers, f shares,
                          g delivery to chats, h votes from inside Flowdock, i a vote of each method,
                          j counting rankings, k first votes of newcomers, l lists of few and many polls, o Matrix,
                          p one to three processes on one PostgreSQL
  --seconds=4             how long each row is measured
  --database=embedded     or postgres; both unless given
  --quick                 one second a row, smaller polls, fewer viewers: to see that it works
  --against=../before     compares with the build in this folder, by turns, which has its packages installed:
                          a, b, c, g, i, k as above, n new polls, s cold start, m memory; --write is ignored
  --write=docs/performance.md   put the tables there, between the markers`

const whole = { rounds: 4, seconds: 4, sizes: [1_000, 100_000, 1_000_000], viewers: 2_000 }
const quick = { rounds: 1, seconds: 1, sizes: [1_000, 10_000, 50_000], viewers: 200 }

export function readOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      seconds: { type: 'string' },
      database: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'string' },
      against: { type: 'string' },
    },
  })
  const scale = values.quick ? quick : whole
  const seconds = Number(values.seconds ?? scale.seconds)
  if (!(seconds >= 1 && seconds <= 60)) throw new RangeError('--seconds is from 1 to 60')
  return {
    scale: { ...scale, seconds },
    only: values.only?.split(','),
    databases: values.database?.split(',') ?? ['embedded', 'postgres'],
    write: values.write,
    against: values.against && resolve(values.against),
  }
}
