// npm run test:canary: proves that a failing test fails the command that runs it. Runs before all other tests.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { canaryError } from './canary-error.ts'

/** The commands of `npm test` that run tests; each vitest project has its own set-up, and so its own way to go wrong. */
const commands = [
  ['test:units', '--project=pure'],
  ['test:units', '--project=embedded'],
  ['test:units', '--project=postgres'],
  ['test:units', '--project=matrix'],
  ['test:units', '--project=processes-embedded'],
  ['test:units', '--project=processes-postgres'],
  ['test:drills'],
  ['test:browser'],
]

/** A canary that hangs must not hang the tests. In milliseconds. */
const timeoutMs = 5 * 60_000

const start = performance.now()
const problems = (await Promise.all(commands.map(problemWith))).filter((problem) => problem !== undefined)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
const seconds = ((performance.now() - start) / 1_000).toFixed(0)
console.log(`The canaries fail as they must: ${commands.length} commands, ${seconds} s.`)

/** @returns an error if the command ignores its failing canary, or fails for another reason */
async function problemWith([script = '', ...args]: string[]): Promise<string | undefined> {
  const child = spawn('npm', ['run', script, '--', ...args], {
    env: { ...process.env, CANARY: 'on' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  })
  const exit = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [code, ...printed] = await Promise.all([exit, text(child.stdout), text(child.stderr)])
  const output = printed.join('\n')
  const name = [script, ...args].join(' ')
  if (!output.includes(canaryError)) return `npm run ${name} did not run its canary:\n${output}`
  if (code === 1) return undefined
  return `npm run ${name} exited with ${code} although its canary failed:\n${output}`
}
