import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgresServer } from '../test/support/postgres-server.ts'
import { addVoters, tidy } from './population.ts'
import { postgresCpuMs } from './postgres-cpu.ts'
import type { FlowdockCalls } from './processes/flowdock.ts'
import type { LoadCalls } from './processes/load.ts'
import { type Remote, startProcess } from './processes/remote.ts'
import type { ServerCalls } from './processes/server.ts'
import { type Csrf, clientSecret, publicUrl, voterToken } from './requests.ts'

/** A Polldock with its database and load generator, each in its own process. */
export type BenchSite = {
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

export async function onEmbedded(work: (site: BenchSite) => Promise<void>): Promise<void> {
  await onSite({ database: 'embedded (PGlite)', databaseUrl: undefined, databaseCpuMs: () => 0 }, work)
}

/** Every commit waits for the disk, as is PostgreSQL's default. */
export async function onPostgres(work: (site: BenchSite) => Promise<void>): Promise<void> {
  const postgres = await startPostgresServer([])
  try {
    await postgres.createDatabase('bench')
    const databaseUrl = `${postgres.url}/bench`
    let postmaster = 0
    const databaseCpuMs = () => (postmaster ? postgresCpuMs(postmaster) : 0)
    await onSite({ database: 'PostgreSQL', databaseUrl, databaseCpuMs }, async (site) => {
      const [row] = await site.server.rows(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`)
      postmaster = Number(row?.pid)
      await work(site)
    })
  } finally {
    await postgres.stop()
  }
}

type Chosen = Pick<BenchSite, 'database' | 'databaseUrl'> & { databaseCpuMs(): number }

async function onSite({ database, databaseUrl, databaseCpuMs }: Chosen, work: (site: BenchSite) => Promise<void>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'polldock-bench-'))
  const { remote: server, stop: stopServer } = startProcess<ServerCalls>('server.ts', ['--expose-gc'])
  const { remote: load, stop: stopLoad } = startProcess<LoadCalls>('load.ts')
  const cpuMs = async () => ({ server: await server.cpuMs(), database: databaseCpuMs() })
  try {
    const ports = await server.start(environment(dataDir, databaseUrl))
    await addVoters(server)
    await tidy(databaseUrl)
    const csrf = await csrfPair(ports.port)
    await work({ database, databaseUrl, server, load, ...ports, csrf, cpuMs })
    await server.close()
  } finally {
    await Promise.all([stopServer(), stopLoad()])
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Another Polldock with a Flowdock, on the same database, or on a separate embedded one. */
export async function besideFlowdock<T>(
  { databaseUrl }: BenchSite,
  work: (server: Remote<ServerCalls>, port: number, flowdock: Remote<FlowdockCalls>) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'polldock-bench-'))
  const { remote: flowdock, stop: stopFlowdock } = startProcess<FlowdockCalls>('flowdock.ts')
  const { remote: server, stop: stopServer } = startProcess<ServerCalls>('server.ts')
  try {
    const { url } = await flowdock.start()
    const application = { FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: clientSecret }
    const { port } = await server.start({
      ...environment(dataDir, databaseUrl),
      ...{ FLOWDOCK_API_URL: url, ...application },
    })
    if (!databaseUrl) await addVoters(server)
    const result = await work(server, port, flowdock)
    await server.close()
    return result
  } finally {
    await Promise.all([stopServer(), stopFlowdock()])
    await rm(dataDir, { recursive: true, force: true })
  }
}

function environment(dataDir: string, databaseUrl: string | undefined): Record<string, string> {
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
  const page = await fetch(`http://127.0.0.1:${port}/polls/new`, {
    headers: { cookie: `polldock=${voterToken(0)}` },
  })
  const cookie = page.headers.getSetCookie().find((one) => one.startsWith('polldock_csrf='))
  const token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1]
  if (!cookie || !token) throw new Error(`The page of a new poll gave no CSRF token: ${page.status}`)
  return { cookie: cookie.split(';', 1)[0] as string, token: token.replaceAll('&amp;', '&').replaceAll('&#x2F;', '/') }
}
