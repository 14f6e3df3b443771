import type { FastifyInstance } from 'fastify'

/** Serves PATCH wherever PUT is. Flowdock documents PATCH for most updates, but each of them with PUT. */
export function patchToo(app: FastifyInstance): void {
  app.addHook('onRoute', function (route) {
    if (route.method === 'PUT') this.route({ ...route, url: route.routePath, method: 'PATCH' })
  })
}
