import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Refusal } from '../errors.ts'
import type { ChatAccount } from '../people/chat-accounts.ts'
import { chatName } from '../people/model/person-name.ts'
import { field, fieldsOf } from '../server/pages/forms.ts'
import { showPage } from '../server/pages/page.ts'
import { ownPath } from '../server/pages/return-path.ts'
import type { Page } from '../server/views.ts'
import type { WebOptions } from './web-options.ts'

type AccountParams = { Params: { chat: string; accountId: string } }

/** As chats name their accounts. What no account can be called is none of theirs. */
const account = z.object({
  chat: z.string().regex(/^[a-z]{1,40}$/),
  accountId: z.string().regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u),
})

export type AccountEndPageModel = Page & { chat: string; name: string }

declare module '../server/views.ts' {
  interface Views {
    'me/account-end': AccountEndPageModel
  }
}

/** The accounts of chats that one has signed in with: letting one go, once it is clear what that means. */
export async function accounts(
  app: FastifyInstance,
  { services }: WebOptions<'clock' | 'chatAccounts'>,
): Promise<void> {
  const { chatAccounts } = services
  const path = '/me/accounts/:chat/:accountId/unlink'

  app.get<AccountParams>(path, async (request, reply) => {
    const { chat, name } = own(request, await chatAccounts.of(request.person?.id ?? ''))
    reply.header('cache-control', 'no-store')
    return showPage(request, reply, 'me/account-end', {
      ...{ title: 'Unlink your account', now: services.clock() },
      ...{ chat: chatName(chat), name },
    })
  })

  app.post<AccountParams>(path, { preHandler: [app.csrfProtection, app.limits.write] }, async (request, reply) => {
    const { person, params } = request
    const { data } = account.safeParse(params)
    if (person && data) await chatAccounts.unlink(person.id, data)
    return reply.redirect('/me?done=unlinked', 303)
  })
}

/** @throws {Refusal} `not_found` when the address names none of theirs */
function own<Account extends ChatAccount>({ params }: FastifyRequest<AccountParams>, accounts: Account[]): Account {
  const { chat, accountId } = params
  const account = accounts.find((one) => one.chat === chat && one.accountId === accountId)
  if (!account) throw new Refusal('not_found', 'That is no account that you have linked.')
  return account
}

/** Leaves the browser as one that nobody has acted in. Guests are not offered it: they could not come back. */
export async function signOut(app: FastifyInstance): Promise<void> {
  // In a tab that shows the form of a session that has ended, there is nothing to protect.
  const csrfProtection: typeof app.csrfProtection = (request, reply, done) =>
    request.session ? app.csrfProtection(request, reply, done) : done()
  app.post('/sign-out', { preHandler: [csrfProtection, app.limits.write] }, async (request, reply) => {
    await app.signOut(request, reply)
    return reply.redirect(ownPath(field(fieldsOf(request), 'back')) ?? '/', 303)
  })
}
