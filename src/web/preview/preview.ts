import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../../services.ts'
import { type PollParams, pollIdOf } from '../poll/poll.ts'
import type { WebOptions } from '../web-options.ts'
import { pictureOf } from './picture.ts'
import { PictureDrawer } from './picture-drawer.ts'

type PreviewParams = { Params: PollParams['Params'] & { revision: string } }

const dayInSeconds = 86_400

/** Search engines may list polls, and nothing that belongs to a person or repeats a poll. Chats load the pictures. */
const robots = ({ chats }: Pick<Services, 'chats'>) => `User-agent: *
Disallow: /api/
Disallow: /auth/
Disallow: /connections
${[...chats.keys()].map((chat) => `Disallow: /${chat}\n`).join('')}Disallow: /me
Disallow: /private-link
Disallow: /polls/new
Disallow: /polls/*/
Allow: /polls/*/preview/
`

/** The picture of a poll that chats show for its link. Its address changes with the poll, as chats keep pictures. */
export async function preview(
  app: FastifyInstance,
  { services, fragments }: WebOptions<'clock' | 'chats' | 'polls'>,
): Promise<void> {
  const drawer = new PictureDrawer()
  app.addHook('onClose', () => drawer.close())

  const config = { sessionless: true } as const
  app.get('/robots.txt', { config }, async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', 'public, max-age=3600').send(robots(services)),
  )
  app.get<PreviewParams>('/polls/:slug/preview/:revision(^\\d{1,9}).png', { config }, async (request, reply) => {
    // Without a person: a picture is the same for everybody, so it shows what somebody sees who has not voted.
    const view = await services.polls.view(pollIdOf(request))
    const { id, revision } = view.poll
    const png = await drawer.png(`${id} ${revision}`, () => pictureOf(fragments.model(view, services.clock())))
    const tag = `"${createHash('sha1').update(png).digest('base64url')}"`
    const maxAge = Number(request.params.revision) === revision ? dayInSeconds : 60
    reply.headers({ etag: tag, 'cache-control': `public, max-age=${maxAge}` })
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    // Some chats load it in the reader's browser.
    reply.header('cross-origin-resource-policy', 'cross-origin')
    return reply.type('image/png').send(Buffer.from(png.buffer, png.byteOffset, png.length))
  })
}
