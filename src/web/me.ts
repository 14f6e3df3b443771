import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { newApiToken } from '../people/api-tokens.ts'
import { chatName } from '../people/model/person-name.ts'
import { personName } from '../people/people.ts'
import { holdPrivateLink, takePrivateLink } from '../server/cookies/private-link-cookie.ts'
import { changing, errorsOf, type FormErrors, field, fieldsOf } from '../server/pages/forms.ts'
import { showPage } from '../server/pages/page.ts'
import type { Page, ViewContext } from '../server/views.ts'
import type { Services } from '../services.ts'
import { type MyPollsModel, myPolls, myPollsQuery } from './my-polls.ts'
import { onceOf } from './once.ts'
import { personOf } from './poll/voting/ballot.ts'
import { privateLink } from './private-link.ts'
import { type ShownTime, shownTime } from './time.ts'
import type { WebOptions } from './web-options.ts'

export type MePageModel = Page & {
  done: string | undefined
  errors: { name?: string; token?: string }
  typedName: string
  typedToken: string
  newToken?: string
  newPrivateLink?: string
  /** Undefined for people who have signed in, and for newcomers. Null for guests without a link. */
  privateLink: { created: ShownTime; lastUsed: ShownTime | null } | null | undefined
  mine: MyPollsModel | undefined
  accounts: { path: string; chat: string; name: string; linked: ShownTime }[]
  tokens: { id: string; name: string; created: ShownTime; lastUsed: ShownTime | null }[]
}

export type MyNamePart = Pick<MePageModel, 'page' | 'errors' | 'typedName'>
export type MyAccountsPart = Pick<MePageModel, keyof ViewContext | 'page' | 'accounts'>
export type MyTokensPart = Pick<
  MePageModel,
  keyof ViewContext | 'page' | 'errors' | 'tokens' | 'newToken' | 'typedToken'
>

export type MyPrivateLinkPart = Pick<MePageModel, 'page' | 'privateLink' | 'newPrivateLink'>

declare module '../server/views.ts' {
  interface Views {
    'me/me': MePageModel
  }
}

type Shown = {
  errors?: FormErrors
  typedName?: string
  typedToken?: string
  newToken?: string
  newPrivateLink?: string
}

/** One's name, accounts of chats, polls and API tokens. */
export async function me(
  app: FastifyInstance,
  web: WebOptions<'config' | 'secrets' | 'clock' | 'polls' | 'people' | 'tokens' | 'chatAccounts' | 'signInLinks'>,
): Promise<void> {
  app.get('/me', async (request, reply) => {
    // A name that is sent twice must make only one guest.
    if (!request.person) app.expectGuest(request, reply)
    if (myPollsQuery(request).q) await app.limits.search(request, reply)
    const token = takePrivateLink(web.services, request, reply)
    return showMe(
      web,
      request,
      reply,
      token ? { newPrivateLink: privateLink(web.services.config.publicUrl, token) } : {},
    )
  })

  app.post('/me/name', changing(app), async (request, reply) => {
    const fields = fieldsOf(request)
    // A newcomer's form gave the name that `changing` asks for; there is nothing left to do.
    if (fields.name === undefined) return reply.redirect('/me?done=name', 303)
    const typedName = field(fields, 'name')
    const name = personName.safeParse(typedName)
    if (!name.success) {
      return showMe(web, request, reply.code(422), { typedName, errors: { name: errorsOf(name.error)[''] ?? '' } })
    }
    await web.services.people.rename(personOf(request).id, name.data)
    return reply.redirect('/me?done=name', 303)
  })

  app.post('/me/tokens', changing(app, 'identity'), async (request, reply) => {
    const typedToken = field(fieldsOf(request), 'name')
    const input = newApiToken.safeParse({ name: typedToken })
    if (!input.success) {
      return showMe(web, request, reply.code(422), { typedToken, errors: { token: errorsOf(input.error).name ?? '' } })
    }
    const token = await newToken(web.services, request, input.data.name)
    if (token === undefined) return reply.redirect('/me?done=revoked#tokens', 303)
    return showMe(web, request, reply.code(201), { newToken: token })
  })

  app.post<{ Params: { id: string } }>('/me/tokens/:id/revoke', changing(app), async (request, reply) => {
    await web.services.tokens.revoke(personOf(request).id, request.params.id)
    return reply.redirect('/me?done=revoked#tokens', 303)
  })
}

/** A guest's private link: made, or revoked with the sessions in other browsers. */
export async function myPrivateLink(
  app: FastifyInstance,
  web: WebOptions<'config' | 'secrets' | 'clock' | 'polls' | 'tokens' | 'chatAccounts' | 'signInLinks'>,
): Promise<void> {
  const { signInLinks } = web.services

  app.post('/me/private-link', changing(app, 'identity'), async (request, reply) => {
    expectGuest(request)
    holdPrivateLink(web.services, reply, await signInLinks.replace(personOf(request).id))
    return reply.redirect('/me#private-link', 303)
  })

  app.post('/me/private-link/revoke', changing(app), async (request, reply) => {
    await signInLinks.revoke(personOf(request).id, request.session?.hash ?? '')
    reply.setFlash('The private link no longer works, and other browsers no longer know you.')
    return reply.redirect('/me#private-link', 303)
  })
}

/** @throws {Refusal} `forbidden` for people who sign in with a chat, and need no link */
function expectGuest({ isSignedIn }: FastifyRequest): void {
  if (isSignedIn) throw new Refusal('forbidden', 'Sign in with your account in the other browser. You need no link.')
}

/** @returns undefined when the form was sent again, and the token that it made was revoked since */
async function newToken(
  { tokens }: Pick<Services, 'tokens'>,
  request: FastifyRequest,
  name: string,
): Promise<string | undefined> {
  const { id } = personOf(request)
  const once = onceOf(request)
  return once ? tokens.createOnce(id, name, once) : (await tokens.create(id, name)).token
}

/** A newcomer sees only the form that asks for a name. */
async function showMe(
  web: WebOptions<'clock' | 'polls' | 'tokens' | 'chatAccounts' | 'signInLinks'>,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: Shown,
) {
  const { services } = web
  const now = services.clock()
  const { person } = request
  const { done } = request.query as Record<string, unknown>
  const mine = person ? await myPolls(web, myPollsQuery(request), person) : undefined
  const accounts = person ? await services.chatAccounts.of(person.id) : []
  const tokens = person ? await services.tokens.list(person.id) : []
  const link = person && !request.isSignedIn ? await services.signInLinks.of(person.id) : undefined
  reply.header('cache-control', 'no-store')
  return showPage(request, reply, 'me/me', {
    title: 'You',
    now,
    done: typeof done === 'string' ? done : undefined,
    errors: {},
    typedName: person?.name ?? '',
    typedToken: '',
    ...shown,
    privateLink: link && {
      created: shownTime(link.createdAt, now),
      lastUsed: link.lastUsedAt && shownTime(link.lastUsedAt, now),
    },
    mine,
    accounts: accounts.map(({ chat, accountId, name, linkedAt }) => ({
      chat: chatName(chat),
      path: `/me/accounts/${chat}/${encodeURIComponent(accountId)}`,
      name,
      linked: shownTime(linkedAt, now),
    })),
    tokens: tokens.map(({ createdAt, lastUsedAt, ...token }) => ({
      ...token,
      created: shownTime(createdAt, now),
      lastUsed: lastUsedAt && shownTime(lastUsedAt, now),
    })),
  })
}
