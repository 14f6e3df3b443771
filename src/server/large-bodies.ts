import fastifyPlugin from 'fastify-plugin'

/** Of a body that is refused, so much is still taken and thrown away, in bytes. */
const maxDiscarded = 16 * 1_024 * 1_024
/** Then nothing more is taken, and so long they have to read the answer, in milliseconds. */
const discardTimeoutMs = 1_000

/**
 * Whoever sends too much is told so before they are hung up on. When a connection is closed while bytes still arrive,
 * the system resets it, and the answer on its way is lost: browsers would show a broken connection instead of a page.
 * Until there is an answer nothing is taken.
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
