import type { FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Services } from '../../services.ts'
import { SignedCookie } from '../cookies/cookies.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Shows this text once, on the next page that the browser opens. */
    setFlash(text: string): void
    /** Returns the text for this page, and deletes it. */
    takeFlash(): string | undefined
  }
}

/** In seconds: how long the text waits for the next page. */
const maxAge = 60

/** Flash messages: texts for the page after a redirect, kept in a signed cookie. */
export const flash = fastifyPlugin(async (app, { services }: { services: Pick<Services, 'config' | 'secrets'> }) => {
  // The name of the cookie, and of its key, is older than the word flash.
  const cookie = new SignedCookie(services, 'news', maxAge)

  app.decorateReply('setFlash', function setFlash(this: FastifyReply, text: string) {
    cookie.set(this, text)
  })
  app.decorateReply('takeFlash', function takeFlash(this: FastifyReply) {
    const text = cookie.read(this.request)
    cookie.clear(this.request, this)
    return text
  })
})
