import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { cookieName, cookieOptions } from './cookies.ts'
import type { Session } from './people/sessions.ts'
import type { PersonName } from './people/types.ts'
import { forgetReceipts } from './receipt-cookies.ts'
import type { Services } from './services.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The browser's session; undefined for a visitor who has not acted yet, and for the bearer of a token. */
    session: Session | undefined
    /** Who asks, by session or by token. */
    person: PersonName | undefined
    /** Whether they have signed in with a chat, and are no guest. */
    isSignedIn: boolean
  }
  interface FastifyContextConfig {
    /** Whether the answer is the same for everybody and may be kept by shared caches: no cookie must come with it. */
    sessionless?: boolean
  }
  interface FastifyInstance {
    /** Makes a guest of this name, under this id if there is one, and gives the browser a session. */
    welcomeGuest(request: FastifyRequest, reply: FastifyReply, name: string, id?: string): Promise<PersonName>
    /**
     * Gives the browser a session of this person, whom a chat vouches for, under a new token. One that it had is at its
     * end.
     */
    signIn(request: FastifyRequest, reply: FastifyReply, person: PersonName): Promise<void>
    signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>
  }
}

/** Recognises the browser by its session cookie, and prolongs the session as it is used. */
export const sessionCookie = fastifyPlugin(async (app, { services }: { services: Services }) => {
  const name = cookieName(services, 'polldock')
  const options = cookieOptions(services)

  app.decorateRequest('session', undefined)
  app.decorateRequest('person', undefined)
  app.decorateRequest('isSignedIn', false)
  const end = async (request: FastifyRequest) => {
    if (request.session) await services.sessions.end(request.session)
    request.session = undefined
    request.person = undefined
    request.isSignedIn = false
  }
  const begin = async (request: FastifyRequest, reply: FastifyReply, person: PersonName, isSignedIn: boolean) => {
    await end(request)
    const { token, session } = await services.sessions.start(person, isSignedIn)
    reply.setCookie(name, token, options)
    request.session = session
    request.person = person
    request.isSignedIn = isSignedIn
  }
  app.decorate('signIn', (request: FastifyRequest, reply: FastifyReply, person: PersonName) => {
    // A guest becomes this person, with all that is theirs.
    if (request.isSignedIn && request.person?.id !== person.id) forgetReceipts(services, request, reply)
    return begin(request, reply, person, true)
  })
  app.decorate('signOut', async (request: FastifyRequest, reply: FastifyReply) => {
    await end(request)
    reply.clearCookie(name, options)
  })
  app.decorate(
    'welcomeGuest',
    async (request: FastifyRequest, reply: FastifyReply, displayName: string, id?: string) => {
      forgetReceipts(services, request, reply)
      const person = await services.people.createGuest(displayName, id)
      await begin(request, reply, person, false)
      return person
    },
  )
  app.addHook('onRequest', async (request, reply) => {
    const token = request.cookies[name]
    if (!token || request.routeOptions.config.sessionless) return
    request.session = await services.sessions.find(token)
    request.person = request.session?.person
    request.isSignedIn = request.session?.isSignedIn ?? false
    if (!request.session || !services.sessions.isDue(request.session)) return
    await services.sessions.prolong(request.session)
    reply.setCookie(name, token, options)
  })
})
