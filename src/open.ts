import { join } from 'node:path'
import type { Config } from './config.ts'
import { holdDataDir, keptSecrets, prepareDataDir, StartError } from './data-dir.ts'
import { type Database, openEmbedded, openPostgres } from './database/open.ts'
import { makeServices, type Services } from './services.ts'
import type { Tracing } from './tracing/tracing.ts'

/**
 * Opens what Polldock works on: the data directory, the secret, the database at its newest schema.
 *
 * @returns the services, and what closes all of it again
 * @throws {StartError} with one plain line for the operator
 */
export async function openServices(
  config: Config,
  clock?: () => Date,
  tracing?: Tracing,
): Promise<{ services: Services; close(): Promise<void> }> {
  const isEmbedded = config.databaseUrl === undefined
  if (isEmbedded || !config.secrets) await prepareDataDir(config.dataDir)
  const release = isEmbedded ? holdDataDir(config.dataDir) : () => {}
  const secrets = config.secrets ?? (await keptSecrets(config.dataDir))
  const database = await openDatabase(config)
  const services = makeServices(config, secrets, database, clock, tracing)
  return {
    services,
    close: async () => {
      await services.box.settled()
      await services.neighbours?.stop()
      await database.close()
      release()
    },
  }
}

async function openDatabase({ databaseUrl, dataDir }: Config): Promise<Database> {
  try {
    return databaseUrl ? await openPostgres(databaseUrl) : await openEmbedded(join(dataDir, 'pgdata'))
  } catch (error) {
    const where = databaseUrl ? 'at DATABASE_URL' : `in ${dataDir}`
    throw new StartError(`The database ${where} cannot be opened: ${(error as Error).message.trim()}`)
  }
}
