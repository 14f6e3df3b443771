import type { FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Services } from '../../services.ts'
import { SignedCookie } from '../cookies/cookies.ts'

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
export const flash = fastifyPlugin(async (app, { services }: { services: Pick<Services, 'config' | 'secrets'> }) => {
  const cookie = new SignedCookie(services, 'news', maxAge)

  app.decorateReply('tellNext', function tellNext(this: FastifyReply, text: string) {
    cookie.set(this, text)
  })
  app.decorateReply('takeNews', function takeNews(this: FastifyReply) {
    const text = cookie.read(this.request)
    cookie.clear(this.request, this)
    return text
  })
})
