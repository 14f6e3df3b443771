import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../../src/app.ts'
import { eventKinds } from '../../src/chat/wording.ts'
import { readConfig } from '../../src/config.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import { openServices, type Services } from '../../src/services.ts'
import { addLimits, bareApp, type Served } from './limits.ts'
import { answerCalls } from './remote.ts'

const served: Served = { page: Buffer.from('nothing yet'), json: {} }
let services: Services
let stop: () => Promise<void>

const calls = {
  /** Serves the app with the routes for the limits, and a bare Fastify on another port. */
  async start(environment: Record<string, string>): Promise<{ port: number; barePort: number }> {
    const opened = await openServices(readConfig(environment))
    services = opened.services
    const app = await buildApp(services)
    await addLimits(app, services, served)
    const bare = await bareApp(served)
    const hasChat = environment.FLOWDOCK_API_URL ?? environment.MATRIX_HOMESERVER_URL
    const jobs = hasChat ? await startJobs(services, app.log) : undefined
    services.peers?.start(app.log)
    stop = async () => {
      await Promise.all([app.close(), bare.close(), jobs?.stop()])
      await opened.close()
    }
    return { port: await listen(app), barePort: await listen(bare) }
  },

  /** Connects Flowdock's sources with these tokens, and disconnects the earlier ones. Returns the connections' ids. */
  pair: (flowTokens: string[]): Promise<string[]> =>
    connect(
      'flowdock',
      flowTokens.map((credentials, index) => ({ externalId: `${index}`, address: {}, credentials })),
    ),

  /** Connects Matrix's rooms with these ids, and disconnects the earlier ones. */
  async connectRooms(rooms: string[]): Promise<void> {
    await connect(
      'matrix',
      rooms.map((room) => ({ externalId: room, address: { room }, credentials: room })),
    )
  },

  async pause(ids: string[]): Promise<void> {
    for (const id of ids) await services.connections.pause(id)
  },

  async resume(ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => services.connections.resume(id)))
  },

  /** Runs statements in one transaction, without checks of foreign keys. */
  async sql(statements: string[]): Promise<void> {
    const { prisma } = services.database
    const settings = ["SET LOCAL session_replication_role = 'replica'", 'SET LOCAL statement_timeout = 0']
    await prisma.$transaction([...settings, ...statements].map((statement) => prisma.$executeRawUnsafe(statement)))
  },

  async rows(query: string): Promise<Record<string, unknown>[]> {
    return services.database.prisma.$queryRawUnsafe(query)
  },

  serve({ page, json }: { page?: Uint8Array; json?: unknown }): void {
    if (page) served.page = Buffer.from(page)
    if (json) served.json = json
  },

  /** Milliseconds of processor time that this process has used. */
  cpuMs(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },

  /** The memory of this process after garbage collection, in bytes. */
  memory(): number {
    globalThis.gc?.()
    return process.memoryUsage.rss()
  },

  close: () => stop(),
}

export type ServerCalls = typeof calls
answerCalls(calls)

type BenchRoom = { externalId: string; address: Record<string, string>; credentials: string }

async function connect(chat: string, rooms: BenchRoom[]): Promise<string[]> {
  const { connections, credentials, people, database } = services
  await database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
  const createdBy = await people.createGuest('Pairing')
  const kept = { chat, name: 'Polls', roomName: 'Main', roomUrl: null, createdBy }
  const wanted = { categories: [], eventKinds: [...eventKinds], start: 'now' as const }
  return Promise.all(
    rooms.map(async (room) =>
      connections.create({ ...kept, ...wanted, ...room, credentials: await credentials.seal(room.credentials) }),
    ),
  )
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}
