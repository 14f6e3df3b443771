// npm run bench: measures how fast Polldock is, next to the limits of the same machine in the same run.
import { compareWith } from './against/against.ts'
import { databaseVersion, machine } from './machine.ts'
import { readOptions, usage } from './options.ts'
import { report, writeReport } from './report.ts'
import { actions } from './sections/actions.ts'
import { delivery } from './sections/delivery.ts'
import { lists } from './sections/lists.ts'
import { live } from './sections/live.ts'
import { matrix } from './sections/matrix.ts'
import { counting, eachMethod } from './sections/methods.ts'
import { firstVotes } from './sections/newcomers.ts'
import { pages } from './sections/pages.ts'
import { severalProcesses } from './sections/processes.ts'
import { shares } from './sections/shares.ts'
import { sizes } from './sections/sizes.ts'
import { manyPolls, onePoll } from './sections/votes.ts'
import { type BenchSite, onEmbedded, onPostgres } from './site.ts'

/** The maximum time of the whole run, in milliseconds. */
const longest = 20 * 60_000

setTimeout(() => fail(new Error('The bench took too long and was stopped.')), longest).unref()
try {
  await bench()
} catch (error) {
  fail(error)
}

async function bench(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.against) return console.log(await compareWith(options.against, options))
  const { scale, only, databases, write } = options
  const sections = [
    onePoll,
    manyPolls,
    pages,
    sizes,
    live,
    shares,
    delivery,
    actions,
    eachMethod,
    counting,
    firstVotes,
    lists,
    matrix,
    severalProcesses,
  ].filter(({ key }) => !only || only.includes(key))
  const findings = sections.map((section) => ({ section, rows: [] as string[][] }))
  const about = [new Date().toISOString().slice(0, 10), machine()]
  const start = performance.now()
  const visit = async (site: BenchSite) => {
    about.push(await databaseVersion(site))
    for (const { section, rows } of findings) {
      console.error(`${((performance.now() - start) / 1_000).toFixed(0)} s  ${site.database}: ${section.title} …`)
      rows.push(...(await section.rows(site, scale)))
    }
  }
  if (databases.includes('embedded')) await onEmbedded(visit)
  if (databases.includes('postgres')) await onPostgres(visit)
  about.push(
    `${((performance.now() - start) / 1_000).toFixed(0)} s, ${scale.seconds} s a row in ${scale.rounds} rounds`,
  )
  const text = report(about, findings)
  console.log(text)
  if (write) await writeReport(write, text)
}

function fail(error: unknown): never {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error(isUsage ? `${error.message}\n\n${usage}` : error)
  process.exit(1)
}
