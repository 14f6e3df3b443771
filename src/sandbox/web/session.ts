import type { FastifyReply, FastifyRequest } from 'fastify'
import type { User } from '../state/types.ts'
import type { World } from '../world.ts'

/** Cookies know no ports: the name must differ from those of whatever else runs on this machine. */
const cookieName = 'flowdock_sandbox_user'
const yearInSeconds = 31_536_000

/** Whom the browser is signed in as: the one it chose, whoever that is. Nobody has to prove anything in a sandbox. */
export function signedIn(request: FastifyRequest, world: World): User {
  const user = world.user(Number(request.cookies[cookieName])) ?? world.users[0]
  if (!user) throw new Error('The sandbox has no people.')
  return user
}

export function signIn(reply: FastifyReply, user: User, world: World): void {
  reply.setCookie(cookieName, String(user.id), { ...cookieOptions(world), maxAge: yearInSeconds })
}

export function cookieOptions({ publicUrl }: World) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: publicUrl.protocol === 'https:' } as const
}
