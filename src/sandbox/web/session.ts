import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { User } from '../state/types.ts'
import type { World } from '../world.ts'
import { changing, field, Refused } from './forms.ts'

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

/** Being somebody else. */
export async function people(app: FastifyInstance, { world }: { world: World }): Promise<void> {
  app.post('/app/person', changing(app), async (request, reply) => {
    const user = world.user(Number(field(request, 'user')))
    if (!user) throw new Refused(422, 'There is nobody of that kind here.')
    signIn(reply, user, world)
    const back = field(request, 'back')
    return reply.redirect(isOwnPage(back) ? back : '/', 303)
  })
}

function isOwnPage(path: string): boolean {
  return /^\/(app|oauth)\/[\w/?&=.%+:-]*$/.test(path)
}
