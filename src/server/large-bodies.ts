import fastifyPlugin from 'fastify-plugin'

/** In bytes: how much of a refused body is still read and discarded. */
const maxDiscarded = 16 * 1_024 * 1_024
/** In milliseconds: how long clients have to read the response after that, before the connection is closed. */
const discardTimeoutMs = 1_000

/**
 * Delivers the 413 response before it closes the connection. The system resets a connection that is closed while bytes
 * still arrive, and the response is lost: browsers would show a broken connection instead of a page. Until the response
 * is sent, nothing is read.
 */
export const largeBodies = fastifyPlugin(async (app) => {
  app.addHook('onError', async ({ raw }, _reply, error) => {
    if (error.statusCode === 413) raw.pause()
  })
  app.addHook('onSend', async ({ raw }, reply) => {
    if (reply.statusCode !== 413) return
    reply.removeHeader('connection')
    let left = maxDiscarded
    raw.on('data', (bytes: Buffer) => {
      left -= bytes.length
      if (left > 0 || raw.isPaused()) return
      raw.pause()
      setTimeout(() => raw.destroy(), discardTimeoutMs).unref()
    })
    raw.resume()
  })
})
