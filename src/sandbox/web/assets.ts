import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const yearInSeconds = 31_536_000

const here = new URL('public/', import.meta.url)
const htmx = new URL(import.meta.resolve('htmx.org/dist/htmx.min.js'))

/** All that the pages load. */
const files = [
  file('app.css', 'text/css', new URL('app.css', here)),
  file('app.js', 'text/javascript', new URL('app.js', here)),
  file('favicon.svg', 'image/svg+xml', new URL('favicon.svg', here)),
  file('htmx.js', 'text/javascript', htmx),
]

/** Where the pages find each, by name. */
export const assetUrls = Object.fromEntries(files.map(({ name, url }) => [name, url]))

export async function assets(app: FastifyInstance): Promise<void> {
  app.get('/app/assets/:fingerprint/:name', async (request, reply) => {
    const file = files.find(({ url }) => url === request.url)
    if (!file) return reply.code(404).type('text/plain').send('There is no such file.\n')
    reply.header('cache-control', `public, max-age=${yearInSeconds}, immutable`)
    return reply.type(`${file.type}; charset=utf-8`).send(file.content)
  })
}

/** The URL changes with the content, so that it may be cached for good. */
function file(name: string, type: string, source: URL) {
  const content = readFileSync(source)
  const fingerprint = createHash('sha256').update(content).digest('base64url').slice(0, 12)
  return { name, type, content, url: `/app/assets/${fingerprint}/${name}` }
}
