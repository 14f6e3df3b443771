import type { FastifyInstance } from 'fastify'
import { changing, field } from './forms.ts'
import { Refused } from './refused.ts'
import { signIn } from './session.ts'
import type { WebOptions } from './web.ts'

/** Being somebody else. */
export async function people(app: FastifyInstance, { world }: WebOptions): Promise<void> {
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
