// npm run drill: causes failures on purpose in real processes, and compares the results with the promises.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { machine } from '../bench/machine.ts'
import { writeReport } from '../bench/report.ts'
import { runComposeDrills } from './compose/run.ts'
import { type DrillOptions, readOptions, UsageError, usage } from './options.ts'
import { areKept, type DrillResult, report } from './report.ts'
import { runDrills } from './run.ts'

/** The maximum time of the whole run, in milliseconds. */
const longest = 60 * 60_000
/** Closes everything at the end, also after an error. */
const stack = new AsyncDisposableStack()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => end(1))
}
setTimeout(() => fail(new Error('The drills took too long and were stopped.')), longest).unref()
try {
  await end(await drill(readOptions(process.argv.slice(2))))
} catch (error) {
  await fail(error)
}

/** @returns the exit code */
async function drill({ chosen, composed, isShort, write, command }: DrillOptions): Promise<number> {
  if (composed && !process.env.BESIDE_ENGINE) return besideEngine()
  const start = performance.now()
  const seconds = () => `${((performance.now() - start) / 1_000).toFixed(0)} s`
  const onDone = ({ drill }: DrillResult) => console.error(`${seconds()}  ${drill.title}`)
  const results = composed ? await runComposeDrills(composed, onDone) : await runDrills(chosen, isShort, stack, onDone)
  const about = [new Date().toISOString().slice(0, 10), machine(), seconds() + (isShort ? ', in the short form' : '')]
  const text = report(about, results)
  console.log(text)
  if (write) await writeReport(write, text, command)
  for (const { drill, outcome } of results)
    if ('notRun' in outcome) console.error(`\nNOT RUN: ${drill.title}: ${outcome.notRun}`)
  const broken = results.filter(({ outcome }) => !areKept(outcome))
  for (const { drill, errors } of broken) console.error(`\nBroken: ${drill.title}\n${errors.join('\n')}`)
  return broken.length > 0 ? 1 : 0
}

/** Runs this command again, next to a container engine. */
async function besideEngine(): Promise<number> {
  const script = fileURLToPath(new URL('compose/with-engine.sh', import.meta.url))
  const args = [script, 'node', 'drill/main.ts', ...process.argv.slice(2)]
  const child = spawn('bash', args, { env: { ...process.env, BESIDE_ENGINE: 'on' }, stdio: 'inherit' })
  stack.defer(() => void child.kill())
  const [code] = await once(child, 'close')
  return code ?? 1
}

async function fail(error: unknown): Promise<never> {
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error)
  return end(1)
}

async function end(code: number): Promise<never> {
  await stack.disposeAsync()
  process.exit(code)
}
