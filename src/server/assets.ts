import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const root = new URL('../../', import.meta.url)
const scriptsDir = new URL('public/scripts/', root)

/** The files of the style sheet, in order. Within a layer, a later rule wins over an earlier one. */
const styles = [
  'tokens',
  'base',
  'controls',
  'layout',
  'components/common',
  'components/forms',
  'components/results',
  'components/ballots',
  'components/dates',
  'pages/poll-list',
  'pages/my-polls',
  'pages/poll',
  'pages/anonymous',
  'pages/connections',
  'pages/api',
  'print',
]

type Asset = { type: string; content: string; url: string }

/**
 * Everything a page loads, by the name that templates use. The styles are joined into one sheet, so a first visit waits for
 * one request instead of one per file. The scripts share a fingerprint: it is the folder above all of theirs, so a
 * relative import never leads to an older version of another script.
 */
const known = new Map<string, Asset>([
  ...withUrls('text/css', { 'app.css': styles.map((name) => read(`public/styles/${name}.css`)).join('\n') }),
  ...withUrls('text/javascript', {
    ...Object.fromEntries(scripts().map((name) => [name, read(`public/scripts/${name}`)])),
    'htmx.js': read('node_modules/htmx.org/dist/htmx.esm.min.js'),
  }),
  ...withUrls('image/svg+xml', { 'favicon.svg': read('public/favicon.svg') }),
])

/** The asset's URL. It changes with the content, so the asset may be cached for a year. */
export function asset(name: string): string {
  const found = known.get(name)
  if (!found) throw new Error(`There is no asset ${name}`)
  return found.url
}

/** Changes with every asset. */
export const assetsDigest = digest([...known.values()].map(({ url }) => url))

const yearInSeconds = 31_536_000

/** The files that pages load: the same for everybody. */
export async function assets(app: FastifyInstance): Promise<void> {
  const config = { sessionless: true, shed: 'never' } as const
  app.get<{ Params: { fingerprint: string; '*': string } }>(
    '/assets/:fingerprint/*',
    { config },
    async ({ params: { fingerprint, '*': name } }, reply) => {
      const found = known.get(name)
      if (found?.url !== urlOf(fingerprint, name)) return reply.callNotFound()
      reply.header('cache-control', `public, max-age=${yearInSeconds}, immutable`)
      return reply.type(`${found.type}; charset=utf-8`).send(found.content)
    },
  )
  app.get('/favicon.ico', { config }, async (_request, reply) => reply.redirect(asset('favicon.svg')))
}

function withUrls(type: string, contents: Record<string, string>): [string, Asset][] {
  const fingerprint = digest(Object.entries(contents).flat())
  return Object.entries(contents).map(([name, content]) => [name, { type, content, url: urlOf(fingerprint, name) }])
}

function urlOf(fingerprint: string, name: string): string {
  return `/assets/${fingerprint}/${name}`
}

/** The scripts of all folders, such as `ballot/choices.js`. */
function scripts(): string[] {
  const files = readdirSync(scriptsDir, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  return files.filter((file) => file.endsWith('.js')).sort()
}

function read(file: string): string {
  return readFileSync(new URL(file, root), 'utf8')
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 16)
}
