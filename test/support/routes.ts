import type { FastifyInstance } from 'fastify'

export type Route = { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string }

/** Every route, as Fastify prints them: a tree, and each line continues the one above it. */
export function routesOf(app: FastifyInstance): Route[] {
  const above: string[] = []
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, tree = '', part = '', methods = ''] = /^(.*?── )(\S*)(?: \((.*)\))?$/.exec(line) ?? []
      const depth = tree.length / 4
      above.splice(depth - 1, Number.POSITIVE_INFINITY, part)
      const url = above.join('').replace(/^\/\//, '/')
      const known = methods.split(', ').filter((method) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(method))
      return known.map((method) => ({ method: method as Route['method'], url }))
    })
}
