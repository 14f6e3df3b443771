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
    /** The time now. */
    clock(): Date
    /** Reserves a session for the browser, where a visitor is asked for a name: a double click makes one guest. */
    expectGuest(request: FastifyRequest, reply: FastifyReply): void
    /** Makes a guest of this name, and gives the browser a session: the reserved one, if it has not been used. */
    welcomeGuest(request: FastifyRequest, reply: FastifyReply, name: string): Promise<void>
    /**
     * Gives the browser a session of this person, whom a chat vouches for, under a new token. One that it had is at its
     * end.
     */
    signIn(request: FastifyRequest, reply: FastifyReply, person: PersonName): Promise<void>
    /** Ends the session, and has the browser forget all else that belongs to the person. */
    signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>
  }
}

/** How long somebody may take to say their name, in seconds; later they are a guest all the same. */
const reservationSeconds = 600

type SessionOptions = { services: Pick<Services, 'config' | 'secrets' | 'clock' | 'sessions' | 'signInStates'> }

/** Recognises the browser by its session cookie, and prolongs the session as it is used. */
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
    // A guest becomes this person, with all that is theirs.
    if (request.isSignedIn && request.person?.id !== person.id) forgetPerson(services, request, reply)
    await end(request)
    const { token, session } = await services.sessions.start(person, true)
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
    // Another tab may ask for the name, too: both make the same guest.
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

/** Somebody else uses the browser from now on. */
function forgetPerson(services: Pick<Services, 'config'>, request: FastifyRequest, reply: FastifyReply): void {
  reply.forgetCsrf()
  reply.takeNews()
  forgetReceipts(services, request, reply)
}
