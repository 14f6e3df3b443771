import type { FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { isId } from '../../people/model/ids.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import { newReservation, type Reservation, type Session } from '../../people/sessions.ts'
import type { Services } from '../../services.ts'
import { cookieName, cookieOptions, SignedCookie } from './cookies.ts'
import { forgetPairings } from './pairing-cookie.ts'
import { forgetReceipts } from './receipt-cookies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The browser's session; undefined for a visitor who has not acted yet, and for the bearer of a token. */
    session: Session | undefined
    /** The person who sent the request, by session or token. */
    person: PersonName | undefined
    /** Whether the person has signed in with a chat; false for guests. */
    isSignedIn: boolean
  }
  interface FastifyContextConfig {
    /** Whether the response is the same for everybody and may be in shared caches. Then it must not set a cookie. */
    sessionless?: boolean
  }
  interface FastifyInstance {
    /** The time now. */
    clock(): Date
    /** Reserves a session for a visitor who is asked for a name, so a double click makes one guest. */
    expectGuest(request: FastifyRequest, reply: FastifyReply): void
    /** Creates a guest with this name and starts a session: the reserved one, if it was not used. */
    welcomeGuest(request: FastifyRequest, reply: FastifyReply, name: string): Promise<void>
    /**
     * Starts a session of this person, whom a chat or a private link has authenticated, with a new token. The earlier
     * session ends.
     */
    signIn(request: FastifyRequest, reply: FastifyReply, person: PersonName): Promise<void>
    /** Ends the session and clears every cookie that belongs to the person. */
    signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>
  }
}

/** How long a reserved session waits for the name, in seconds. Later the name makes a new one. */
const reservationSeconds = 600

type SessionOptions = { services: Pick<Services, 'config' | 'secrets' | 'clock' | 'sessions' | 'signInStates'> }

/** Reads the session cookie, and renews the session while it is used. */
export const sessionCookie = fastifyPlugin(async (app, { services }: SessionOptions) => {
  const name = cookieName(services, 'polldock')
  const options = cookieOptions(services)
  const newcomer = new SignedCookie(services, 'newcomer', reservationSeconds)

  app.decorate('clock', services.clock)
  app.decorateRequest('session', undefined)
  app.decorateRequest('person', undefined)
  app.decorateRequest('isSignedIn', false)
  const setSession = (request: FastifyRequest, session: Session | undefined) => {
    request.session = session
    request.person = session?.person
    request.isSignedIn = session?.isSignedIn ?? false
  }
  const end = async (request: FastifyRequest) => {
    if (request.session) await services.sessions.end(request.session)
    setSession(request, undefined)
  }
  app.decorate('signIn', async (request: FastifyRequest, reply: FastifyReply, person: PersonName) => {
    // A guest becomes this person and keeps everything.
    if (request.isSignedIn && request.person?.id !== person.id) forgetPerson(services, request, reply)
    await end(request)
    const { token, session } = await services.sessions.start(person, person.isSignedIn === true)
    reply.setCookie(name, token, options)
    setSession(request, session)
  })
  app.decorate('signOut', async (request: FastifyRequest, reply: FastifyReply) => {
    await end(request)
    reply.clearCookie(name, options)
    newcomer.clear(request, reply)
    forgetPerson(services, request, reply)
    await forgetPairings(services, request, reply)
  })
  const reservationOf = (request: FastifyRequest): Reservation | undefined => {
    const [id = '', token = '', until] = newcomer.read(request)?.split('.') ?? []
    return isId(id) && Number(until) > services.clock().getTime() ? { id, token } : undefined
  }
  app.decorate('expectGuest', (request: FastifyRequest, reply: FastifyReply) => {
    // Two tabs may ask for the name: both make the same guest.
    const { id, token } = reservationOf(request) ?? newReservation()
    newcomer.set(reply, `${id}.${token}.${services.clock().getTime() + reservationSeconds * 1_000}`)
  })
  app.decorate('welcomeGuest', async (request: FastifyRequest, reply: FastifyReply, displayName: string) => {
    forgetReceipts(services, request, reply)
    const start = async (reservation = newReservation()) => {
      const session = await services.sessions.startAsGuest(reservation, displayName)
      if (session) reply.setCookie(name, reservation.token, options)
      return session
    }
    setSession(request, (await start(reservationOf(request))) ?? (await start()))
    newcomer.clear(request, reply)
  })
  app.addHook('onRequest', async (request, reply) => {
    const token = request.cookies[name]
    if (!token || request.routeOptions.config.sessionless) return
    setSession(request, await services.sessions.find(token))
    if (!request.session || !services.sessions.isDue(request.session)) return
    await services.sessions.prolong(request.session)
    reply.setCookie(name, token, options)
  })
})

/** Another person uses the browser from now on. */
function forgetPerson(services: Pick<Services, 'config'>, request: FastifyRequest, reply: FastifyReply): void {
  reply.forgetCsrf()
  reply.takeFlash()
  forgetReceipts(services, request, reply)
}
