import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import view from '@fastify/view'
import { Eta } from 'eta'
import fastifyPlugin from 'fastify-plugin'
import type { Services } from '../services.ts'
import { assetsDigest } from './assets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const viewsDir = join(root, 'views')

/** Changes with every asset and template, so cached pages of an older version become stale. */
export const buildId = createHash('sha256')
  .update([assetsDigest, ...templates()].join('\n'))
  .digest('base64url')
  .slice(0, 16)

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

function templates(): string[] {
  const files = readdirSync(viewsDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.eta'))
  return files.sort().map((file) => readFileSync(join(viewsDir, file), 'utf8'))
}
