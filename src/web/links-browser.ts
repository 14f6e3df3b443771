import fastifyPlugin from 'fastify-plugin'
import { newId } from '../people/model/ids.ts'

/**
 * The browser Links shows cached pages and ignores their headers: after a vote it would show the page without the vote.
 * So each form redirects Links to an address that it does not know.
 * http://links.twibright.com/user_en.html, `-aggressive-cache`
 */
export const linksBrowser = fastifyPlugin(async (app) => {
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode !== 303) return
    const location = reply.getHeader('location')
    const isLinks = /^Links \(/.test(request.headers['user-agent'] ?? '')
    if (!isLinks || typeof location !== 'string') return
    const [address = '', part] = location.split('#')
    const fresh = `${address}${address.includes('?') ? '&' : '?'}at=${newId()}`
    reply.header('location', part === undefined ? fresh : `${fresh}#${part}`)
  })
})
