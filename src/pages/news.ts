import type { FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { cookieName, cookieOptions } from '../cookies.ts'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Has the next page that this browser is shown say so, once. */
    tellNext(text: string): void
    /** What this page is to say. */
    takeNews(): string | undefined
  }
}

/** How long a browser may take to ask for that page, in seconds. */
const maxAge = 60

/** What happened on the way to a page, wherever that leads: kept by the browser meanwhile. */
export const news = fastifyPlugin(async (app, { services }: { services: Services }) => {
  const name = cookieName(services, 'polldock_news')
  const options = { ...cookieOptions(services), signed: true }

  app.decorateReply('tellNext', function tellNext(this: FastifyReply, text: string) {
    this.setCookie(name, text, { ...options, maxAge })
  })
  app.decorateReply('takeNews', function takeNews(this: FastifyReply) {
    const cookie = this.request.cookies[name]
    if (cookie === undefined) return undefined
    this.clearCookie(name, options)
    const { valid, value } = this.request.unsignCookie(cookie)
    return valid && value !== null ? value : undefined
  })
})
