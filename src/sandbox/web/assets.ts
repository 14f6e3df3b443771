import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const yearInSeconds = 31_536_000

const here = new URL('public/', import.meta.url)
const htmx = new URL(import.meta.resolve('htmx.org/dist/htmx.min.js'))

/** All that the pages load, by name. */
const files = {
  'app.css': { type: 'text/css', content: readFileSync(new URL('app.css', here)) },
  'app.js': { type: 'text/javascript', content: readFileSync(new URL('app.js', here)) },
  'favicon.svg': { type: 'image/svg+xml', content: readFileSync(new URL('favicon.svg', here)) },
  'htmx.js': { type: 'text/javascript', content: readFileSync(htmx) },
}

type AssetName = keyof typeof files

/** Where the file is found. The URL changes with its content, so that it may be cached for good. */
export function asset(name: AssetName): string {
  const fingerprint = createHash('sha256').update(files[name].content).digest('base64url').slice(0, 12)
  return `/app/assets/${fingerprint}/${name}`
}

export async function assets(app: FastifyInstance): Promise<void> {
  const urls = new Map((Object.keys(files) as AssetName[]).map((name) => [asset(name), files[name]]))
  app.get('/app/assets/:fingerprint/:name', async (request, reply) => {
    const file = urls.get(request.url)
    if (!file) return reply.code(404).type('text/plain').send('There is no such file.\n')
    reply.header('cache-control', `public, max-age=${yearInSeconds}, immutable`)
    return reply.type(`${file.type}; charset=utf-8`).send(file.content)
  })
}
