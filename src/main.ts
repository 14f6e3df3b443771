import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { type Config, ConfigError, configFromProcess } from './config.ts'
import { holdDataDir, keptSecret, prepareDataDir, StartError } from './data-dir.ts'
import { type Database, openEmbedded, openPostgres } from './database/open.ts'
import { startJobs } from './jobs/jobs.ts'
import { makeServices } from './services.ts'

/** How long requests in flight may take to finish when Polldock is told to stop, in milliseconds. */
const grace = 10_000

try {
  await start(configFromProcess())
} catch (error) {
  console.error(reason(error))
  process.exit(1)
}

async function start(config: Config): Promise<void> {
  const needsDataDir = !config.databaseUrl || !config.secret
  if (needsDataDir) await prepareDataDir(config.dataDir)
  const release = config.databaseUrl ? async () => {} : await holdDataDir(config.dataDir)
  const secret = config.secret ?? (await keptSecret(config.dataDir))
  const database = await openDatabase(config)
  const services = makeServices(config, secret, database)
  const app = await buildApp(services)
  const jobs = await startJobs(services, app.log)

  closeWithGrace({ delay: grace, logger: app.log }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'Polldock stops because of an unexpected error')
    await app.close()
    await jobs.stop()
    await services.box.settled()
    await database.close()
    await release()
  })
  await app.listen({ host: config.host, port: config.port })
  if (!config.rateLimits) console.warn('RATE_LIMIT is off: nothing stops a flood of requests. Only for load tests.')
  console.log(`Polldock is ready: ${config.publicUrl.href}`)
}

async function openDatabase(config: Config): Promise<Database> {
  try {
    return config.databaseUrl
      ? await openPostgres(config.databaseUrl)
      : await openEmbedded(join(config.dataDir, 'pgdata'))
  } catch (error) {
    const where = config.databaseUrl ? 'at DATABASE_URL' : `in ${config.dataDir}`
    throw new StartError(`The database ${where} cannot be opened: ${(error as Error).message.trim()}`)
  }
}

/** What the operator has to know: one line for what they can mend, everything for what they cannot. */
function reason(error: unknown): string {
  if (error instanceof ConfigError) return `Polldock cannot start with this configuration:\n${error.message}`
  if (error instanceof StartError) return error.message
  const { code, address, port } = error as { code?: string; address?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use. Stop what uses it, or set PORT to another one.`
  if (code === 'EACCES')
    return `Port ${port} on ${address} needs more rights than this process has. Set PORT to one above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${address ?? ''} is not an address of this machine. 127.0.0.1 always is.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
