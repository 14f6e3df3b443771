import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const yearInSeconds = 31_536_000

const here = new URL('public/', import.meta.url)
/** Polldock's styles. The sandbox reuses their design tokens and controls, but imports no code. */
const shared = new URL('../../../public/styles/', import.meta.url)

/** The files of the style sheet, in order. Within a layer, a later rule wins over an earlier one. */
const styles = [
  ...['tokens', 'base', 'controls'].map((name) => new URL(`${name}.css`, shared)),
  ...[
    'theme',
    'bar',
    'flow',
    'parts',
    'conversation',
    'thread',
    'inbox',
    'room',
    'pages',
    'applications',
    'narrow',
  ].map((name) => new URL(`styles/${name}.css`, here)),
]

type AssetName = 'app.css' | 'app.js' | 'favicon.svg' | 'htmx.js'
type Asset = { name: string; type: string; content: string; url: string }

/**
 * All files that the pages load. Scripts share one fingerprint, which is their folder, because they import each other.
 */
const files = [
  ...withUrls('text/css', { 'app.css': styles.map(read).join('\n') }),
  ...withUrls('text/javascript', {
    'app.js': read(new URL('app.js', here)),
    'htmx.js': read(new URL(import.meta.resolve('htmx.org/dist/htmx.esm.min.js'))),
  }),
  ...withUrls('image/svg+xml', { 'favicon.svg': read(new URL('favicon.svg', here)) }),
]

/** The URL of each asset, by its name. */
export const assetUrls = Object.fromEntries(files.map(({ name, url }) => [name, url])) as Record<AssetName, string>

export async function assets(app: FastifyInstance): Promise<void> {
  app.get('/app/assets/:fingerprint/:name', async (request, reply) => {
    const file = files.find(({ url }) => url === request.url)
    if (!file) return reply.code(404).type('text/plain').send('There is no such file.\n')
    reply.header('cache-control', `public, max-age=${yearInSeconds}, immutable`)
    return reply.type(`${file.type}; charset=utf-8`).send(file.content)
  })
}

/** The URL changes with the content, so the asset may be cached for a year. */
function withUrls(type: string, contents: Record<string, string>): Asset[] {
  const fingerprint = createHash('sha256')
    .update(Object.entries(contents).flat().join('\n'))
    .digest('base64url')
    .slice(0, 12)
  return Object.entries(contents).map(([name, content]) => {
    return { name, type, content, url: `/app/assets/${fingerprint}/${name}` }
  })
}

function read(file: URL): string {
  return readFileSync(file, 'utf8')
}
