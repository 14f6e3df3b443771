import type { FastifyInstance } from 'fastify'

/** Forms of a poll's page, and the part of that page that each is about. */
const pollForms = {
  ballot: 'vote',
  'ballot/withdraw': 'vote',
  receipt: 'vote',
  options: 'add-option',
  'comments/:comment/delete': 'comments',
  'votes/:person/aside': 'creator',
  'votes/:person/restore': 'creator',
  'proposals/:option/approve': 'vote',
  'proposals/:option/dismiss': 'vote',
  close: 'creator',
  settle: 'creator',
  remind: 'creator',
  reopen: 'creator',
  archive: 'creator',
  unarchive: 'creator',
  delete: 'creator',
}

/** Other forms, and the page on which each stands. */
const otherForms = {
  '/me/name': '/me',
  '/me/private-link': '/me#private-link',
  '/me/private-link/revoke': '/me#private-link',
  '/me/tokens': '/me#tokens',
  '/me/tokens/:id/revoke': '/me#tokens',
  '/sign-out': '/',
  '/connections/try-all': '/connections',
  '/connections/:id/resend': '/connections',
  '/connections/:id/pause': '/connections',
  '/connections/:id/resume': '/connections',
}

/**
 * The answer to a form may be a page: one that asks for a name, or says what is wrong. Its address is the form's, which
 * takes only POST. People open it again from the address bar, a bookmark or the history: it leads to the form.
 */
export async function formAddresses(app: FastifyInstance): Promise<void> {
  for (const [form, part] of Object.entries(pollForms)) {
    app.get<{ Params: { slug: string } }>(`/polls/:slug/${form}`, async ({ params }, reply) =>
      reply.redirect(`/polls/${encodeURIComponent(params.slug)}#${part}`, 302),
    )
  }
  for (const [path, page] of Object.entries(otherForms))
    app.get(path, async (_request, reply) => reply.redirect(page, 302))
}
