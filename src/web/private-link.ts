import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isolated } from '../polls/model/direction.ts'
import { field, fieldsOf } from '../server/pages/forms.ts'
import { showPage } from '../server/pages/page.ts'
import type { Page } from '../server/views.ts'
import type { WebOptions } from './web-options.ts'

/** `other` is who the browser belongs to now, if the link is somebody else's: both become one person. */
export type PrivateLinkPageModel = Page & {
  typed: string
  error: string | undefined
  other: { owner: string; becomes: string; gives: string } | undefined
}

declare module '../server/views.ts' {
  interface Views {
    'me/private-link': PrivateLinkPageModel
  }
}

const path = '/private-link'

/** The token is in the fragment, which browsers send to no server: it is in no log, and previews do not see it. */
export function privateLink(publicUrl: URL, token: string): string {
  return `${new URL(path, publicUrl).href}#${token}`
}

/** Continuing as a guest in another browser. Opening the link changes nothing; its form does. */
export async function usePrivateLink(
  app: FastifyInstance,
  web: WebOptions<'clock' | 'signInLinks' | 'merges'>,
): Promise<void> {
  const { signInLinks, merges } = web.services

  app.get(path, async (request, reply) => showForm(web, request, reply, {}))

  app.post(path, { preHandler: [app.csrfProtection, app.limits.identity] }, async (request, reply) => {
    const typed = field(fieldsOf(request), 'key').trim()
    const owner = await signInLinks.find(typed.replace(/^.*#/s, ''))
    if (!owner) {
      const error = 'This link no longer works. Make a new one in the browser where you created the poll or voted.'
      return showForm(web, request, reply.code(422), { typed, error })
    }
    const { person, isSignedIn } = request
    // A person who signs in with a chat takes over the guest. Otherwise the browser becomes the guest's.
    const [guest, becomes] = isSignedIn && person ? [owner, person] : [person, owner]
    if (guest && guest.id !== becomes.id) {
      if (field(fieldsOf(request), 'merge') !== 'yes') {
        return showForm(web, request, reply, {
          typed,
          other: { owner: owner.name, becomes: becomes.name, gives: guest.name },
        })
      }
      await merges.merge(guest, becomes)
    }
    await signInLinks.noteUse(owner.id)
    if (person?.id !== becomes.id) await app.signIn(request, reply, becomes)
    reply.setFlash(`You are ${isolated(becomes.name)} in this browser now. Your polls and votes are here, too.`)
    return reply.redirect('/me', 303)
  })
}

function showForm(
  { services }: WebOptions<'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { typed = '', error, other }: { typed?: string; error?: string; other?: PrivateLinkPageModel['other'] },
) {
  reply.header('cache-control', 'no-store')
  const title = 'Use Polldock in this browser'
  return showPage(request, reply, 'me/private-link', { title, now: services.clock(), typed, error, other })
}
