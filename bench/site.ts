import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostgresServer } from '../test/support/postgres-server.ts'
import { installedSynapse } from '../test/support/python-packages.ts'
import { addVoters, tidy, whenNotBusy } from './population.ts'
import { postgresCpuMs } from './postgres-cpu.ts'
import type { FlowdockCalls } from './processes/flowdock.ts'
import type { LoadCalls } from './processes/load.ts'
import type { MatrixCalls } from './processes/matrix.ts'
import { type Remote, startProcess } from './processes/remote.ts'
import type { ServerCalls } from './processes/server.ts'
import { type Csrf, clientSecret, publicUrl, voterToken } from './requests.ts'

const thisBuild = fileURLToPath(new URL('..', import.meta.url))

/** A Polldock with its database and load generator, each in its own process. */
export type BenchSite = {
  /** The folder of the build: this one, or the one to compare with. */
  folder: string
  database: string
  /** Undefined for the embedded database, which only its own process can access. */
  databaseUrl: string | undefined
  server: Remote<ServerCalls>
  load: Remote<LoadCalls>
  port: number
  barePort: number
  csrf: Csrf
  cpuMs(): Promise<{ server: number; database: number }>
}

type SiteWork = (site: BenchSite) => Promise<void>

export async function onEmbedded(work: SiteWork, folder = thisBuild): Promise<void> {
  await onSite({ folder, database: 'embedded (PGlite)', databaseUrl: undefined, databaseCpuMs: () => 0 }, work)
}

/** Every commit waits for the disk, as is PostgreSQL's default. */
export async function onPostgres(work: SiteWork, folder = thisBuild): Promise<void> {
  const postgres = await startPostgresServer([])
  try {
    await postgres.createDatabase('bench')
    const databaseUrl = `${postgres.url}/bench`
    let postmaster = 0
    const databaseCpuMs = () => (postmaster ? postgresCpuMs(postmaster) : 0)
    await onSite({ folder, database: 'PostgreSQL', databaseUrl, databaseCpuMs }, async (site) => {
      const [row] = await site.server.rows(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`)
      postmaster = Number(row?.pid)
      await work(site)
    })
  } finally {
    await postgres.stop()
  }
}

type Chosen = Pick<BenchSite, 'folder' | 'database' | 'databaseUrl'> & { databaseCpuMs(): number }

async function onSite({ folder, database, databaseUrl, databaseCpuMs }: Chosen, work: SiteWork) {
  const dataDir = await mkdtemp(join(tmpdir(), 'polldock-bench-'))
  const { remote: server, stop: stopServer } = startProcess<ServerCalls>(serverOf(folder), ['--expose-gc'])
  const { remote: load, stop: stopLoad } = startProcess<LoadCalls>('load.ts')
  const cpuMs = async () => ({ server: await server.cpuMs(), database: databaseCpuMs() })
  try {
    const ports = await server.start(environment(dataDir, databaseUrl))
    await addVoters(server)
    await tidy(databaseUrl)
    const csrf = await csrfPair(ports.port)
    await work({ folder, database, databaseUrl, server, load, ...ports, csrf, cpuMs })
    await server.close()
  } finally {
    await Promise.all([stopServer(), stopLoad()])
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Each build is served by the program of its own folder, with its own sources and packages. */
function serverOf(folder: string): string {
  return join(folder, 'bench', 'processes', 'server.ts')
}

/** Another Polldock with a Flowdock, on the same database, or on a separate embedded one. */
export async function besideFlowdock<T>(
  site: BenchSite,
  work: (server: Remote<ServerCalls>, port: number, flowdock: Remote<FlowdockCalls>) => Promise<T>,
): Promise<T> {
  const { remote: flowdock, stop } = startProcess<FlowdockCalls>('flowdock.ts')
  try {
    const { url } = await flowdock.start()
    const application = { FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: clientSecret }
    return await beside(site, { FLOWDOCK_API_URL: url, ...application }, (server, port) => work(server, port, flowdock))
  } finally {
    await stop()
  }
}

/** The same with a Matrix homeserver: a real one, or the stand-in where Synapse cannot be installed. */
export async function besideMatrix<T>(
  site: BenchSite,
  work: (server: Remote<ServerCalls>, port: number, matrix: Remote<MatrixCalls>) => Promise<T>,
): Promise<T> {
  const python = await installedSynapse()
  const { remote: matrix, stop } = startProcess<MatrixCalls>('matrix.ts')
  try {
    return await beside(site, await matrix.prepare(), async (server, port) => {
      await matrix.start({ python, polldock: `http://127.0.0.1:${port}` })
      return work(server, port, matrix)
    })
  } finally {
    await matrix.close()
    await stop()
  }
}

/** Another Polldock on the same database, or on a separate embedded one, with more variables of the environment. */
export async function beside<T>(
  { folder, databaseUrl }: BenchSite,
  variables: Record<string, string>,
  work: (server: Remote<ServerCalls>, port: number) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'polldock-bench-'))
  const { remote: server, stop } = startProcess<ServerCalls>(serverOf(folder), ['--expose-gc'])
  try {
    const { port } = await server.start({ ...environment(dataDir, databaseUrl), ...variables })
    if (!databaseUrl) await addVoters(server)
    const result = await work(server, port)
    await server.close()
    return result
  } finally {
    await stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

export function environment(dataDir: string, databaseUrl: string | undefined): Record<string, string> {
  return {
    NODE_ENV: 'production',
    PUBLIC_URL: publicUrl,
    SECRET: 'a secret that is known to every reader of the bench',
    RATE_LIMIT: 'off',
    SANDBOX: 'off',
    LOG_LEVEL: 'silent',
    DATA_DIR: dataDir,
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  }
}

/** A CSRF token depends on its cookie only, so all voters can share one pair. */
async function csrfPair(port: number): Promise<Csrf> {
  const page = await whenNotBusy(`http://127.0.0.1:${port}/polls/new`, {
    headers: { cookie: `polldock=${voterToken(0)}` },
  })
  const cookie = page.headers.getSetCookie().find((one) => one.startsWith('polldock_csrf='))
  const token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1]
  if (!cookie || !token) throw new Error(`The page of a new poll gave no CSRF token: ${page.status}`)
  return { cookie: cookie.split(';', 1)[0] as string, token: token.replaceAll('&amp;', '&').replaceAll('&#x2F;', '/') }
}
