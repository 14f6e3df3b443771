import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { User } from '../state/types.ts'
import type { World } from '../world.ts'
import { changing, field, Refused } from './forms.ts'

/** Cookies are shared between ports, so the name must differ from those of other programs on this machine. */
const cookieName = 'flowdock_sandbox_user'
const yearInSeconds = 31_536_000

/** The user that the browser chose. The sandbox needs no password. */
export function signedIn(request: FastifyRequest, world: World): User {
  const user = world.user(Number(request.cookies[cookieName])) ?? world.users[0]
  if (!user) throw new Error('The sandbox has no users.')
  return user
}

export function signIn(reply: FastifyReply, user: User, world: World): void {
  reply.setCookie(cookieName, String(user.id), { ...cookieOptions(world), maxAge: yearInSeconds })
}

export function cookieOptions({ publicUrl }: World) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: publicUrl.protocol === 'https:' } as const
}

/** Switches to another user. */
export async function people(app: FastifyInstance, { world }: { world: World }): Promise<void> {
  app.post('/app/person', changing(app), async (request, reply) => {
    const user = world.user(Number(field(request, 'user')))
    if (!user) throw new Refused(422, 'This user does not exist. Choose another one.')
    signIn(reply, user, world)
    const back = field(request, 'back')
    return reply.redirect(isOwnPage(back) ? back : '/', 303)
  })
}

function isOwnPage(path: string): boolean {
  return /^\/(app|oauth|invitations)\/[\w/?&=.%+:!-]*$/.test(path)
}
