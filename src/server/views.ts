import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import view from '@fastify/view'
import { Eta } from 'eta'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Services } from '../services.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const viewsDir = join(root, 'views')

/** Everything a page loads, by the name that templates use. */
const assetFiles = {
  'app.css': 'public/app.css',
  'app.js': 'public/app.js',
  'add-option.js': 'public/add-option.js',
  'sending.js': 'public/sending.js',
  'live.js': 'public/live.js',
  'time-zone.js': 'public/time-zone.js',
  'connections.js': 'public/connections.js',
  'kept-form.js': 'public/kept-form.js',
  'mirrors.js': 'public/mirrors.js',
  'own-ballot.js': 'public/own-ballot.js',
  'ranking.js': 'public/ranking.js',
  'poll-form.js': 'public/poll-form.js',
  'favicon.svg': 'public/favicon.svg',
  'htmx.js': 'node_modules/htmx.org/dist/htmx.min.js',
}

export type AssetName = keyof typeof assetFiles

const fingerprints = new Map(
  Object.entries(assetFiles).map(([name, file]) => {
    return [name, digest(readFileSync(join(root, file)))]
  }),
)

/** The asset's URL: it changes with its content, so that it may be cached for good. */
export function asset(name: AssetName): string {
  return `/assets/${fingerprints.get(name)}/${name}`
}

/** Changes with every asset and template, so that a page of an older Polldock is not taken for current. */
export const buildId = digest([...fingerprints.values(), ...templates()].join('\n'))

const yearInMs = 31_536_000_000

const eta = new Eta({ views: viewsDir, cache: true })
const { escapeFunction } = eta.config

/**
 * All but ASCII is printed as references: a page of nothing else is kept in one byte a character, and sent as it is.
 * One ellipsis in a template made it cost several times as much.
 */
eta.configure({
  escapeFunction: (value) =>
    escapeFunction(value).replace(/[\u{80}-\u{10FFFF}]/gu, (character) => `&#${character.codePointAt(0)};`),
})

/** Templates: Eta, escaping all they print. All of them know whether there is a chat to connect. */
export const views = fastifyPlugin(async (app, { services }: { services: Pick<Services, 'config'> }) => {
  await app.register(view, {
    engine: { eta },
    root: viewsDir,
    viewExt: 'eta',
    production: true,
    defaultContext: { hasChat: services.config.flowdock !== undefined },
  })
})

/** The files that pages load: the same for everybody, for good. */
export async function assets(app: FastifyInstance): Promise<void> {
  const config = { sessionless: true, shed: 'never' } as const
  await app.register(fastifyStatic, { root, serve: false })
  app.get<{ Params: { fingerprint: string; name: string } }>(
    '/assets/:fingerprint/:name',
    { config },
    async (request, reply) => {
      const { fingerprint, name } = request.params
      const isKnown = Object.hasOwn(assetFiles, name) && fingerprints.get(name) === fingerprint
      if (!isKnown) return reply.callNotFound()
      return reply.sendFile(assetFiles[name as AssetName], { immutable: true, maxAge: yearInMs })
    },
  )
  app.get('/favicon.ico', { config }, async (_request, reply) => reply.redirect(asset('favicon.svg')))
}

function templates(): string[] {
  const files = readdirSync(viewsDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.eta'))
  return files.sort().map((file) => readFileSync(join(viewsDir, file), 'utf8'))
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 16)
}
