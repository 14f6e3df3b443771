import type { Socket } from 'node:net'
import fastifyPlugin from 'fastify-plugin'

/**
 * Closes the connections on which nothing has come yet when the server stops. Browsers and proxies open some in advance. Node
 * takes them for requests on their way, not for idle, and would wait for more than a minute.
 */
export const unusedConnections = fastifyPlugin(async (app) => {
  const open = new Set<Socket>()
  app.server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  app.addHook('preClose', async () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  })
})
