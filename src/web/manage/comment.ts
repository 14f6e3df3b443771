import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import { newComment } from '../../polls/inputs/inputs.ts'
import { pollPath } from '../../polls/model/ids.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { Comment } from '../../polls/queries/poll-queries.ts'
import { mayDeleteComment, mayEditComment } from '../../polls/rules/managing/comments.ts'
import { changing, errorsOf, type FormErrors, field, fieldsOf } from '../../server/pages/forms.ts'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import { viewPoll } from '../poll/poll.ts'
import { personOf } from '../poll/voting/ballot.ts'
import type { PageServices, WebOptions } from '../web-options.ts'

type CommentParams = { Params: { slug: string; comment: string } }

export type CommentPageModel = Page & {
  path: string
  revision: number
  author: PersonName
  mayEdit: boolean
  /** The comment, or the text that was refused. */
  body: string
  errors: { body?: string }
}

declare module '../../server/views.ts' {
  interface Views {
    'manage/comment': CommentPageModel
  }
}

/** The author edits or deletes a comment; the poll's creator deletes it. */
export async function comment(app: FastifyInstance, web: WebOptions<PageServices | 'ballotBox'>): Promise<void> {
  const { ballotBox } = web.services

  app.get<CommentParams>('/polls/:slug/comments/:comment', async (request, reply) =>
    show(web, request, reply, await commentOf(web, request)),
  )

  app.post<CommentParams>('/polls/:slug/comments/:comment', changing(app), async (request, reply) => {
    const { poll, comment } = await commentOf(web, request)
    const body = field(fieldsOf(request), 'body')
    const input = newComment.safeParse({ body })
    if (!input.success)
      return show(web, request, reply.code(422), { poll, comment, typed: body, errors: errorsOf(input.error) })
    const by = personOf(request)
    const command = { type: 'editComment', comment: comment.revision, body: input.data.body, by } as const
    await ballotBox.submit({ pollId: poll.id, command })
    return reply.redirect(`${pollPath(poll)}#comment-${comment.revision}`, 303)
  })

  app.post<CommentParams>('/polls/:slug/comments/:comment/delete', changing(app), async (request, reply) => {
    const { poll } = await viewPoll(web, request)
    const command = { type: 'deleteComment', comment: revisionOf(request), by: personOf(request) } as const
    // A form that is sent twice finds no comment any more, as was wanted.
    await ballotBox.submit({ pollId: poll.id, command }).catch(unlessGone)
    reply.setFlash('The comment was deleted.')
    return reply.redirect(pollPath(poll), 303)
  })
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Refusal && error.code === 'not_found')) throw error
}

/** 0, which no event has, for anything but a revision. */
function revisionOf({ params }: FastifyRequest<CommentParams>): number {
  return /^[1-9]\d{0,8}$/.test(params.comment) ? Number(params.comment) : 0
}

type Shown = { poll: Poll; comment: Comment; typed?: string; errors?: FormErrors }

/** @throws {Refusal} `not_found`, or `forbidden` for people who may not delete it */
async function commentOf(
  web: WebOptions<'config' | 'polls' | 'anonymousBallots'>,
  request: FastifyRequest<CommentParams>,
): Promise<Shown> {
  const { poll } = await viewPoll(web, request)
  const revision = revisionOf(request)
  const comment = revision === 0 ? undefined : await web.services.polls.comment(poll.id, revision)
  if (!comment) throw new Refusal('not_found', 'This comment does not exist, or it was deleted. Open the poll again.')
  if (mayDeleteComment(poll, comment.author.id, request.person)) return { poll, comment }
  throw new Refusal('forbidden', 'Only its author and the creator of the poll can delete a comment.')
}

function show(
  { services }: WebOptions<'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { poll, comment, typed = comment.body, errors = {} }: Shown,
) {
  const mayEdit = mayEditComment(comment.author.id, request.person)
  return showPage(request, reply, 'manage/comment', {
    title: mayEdit ? 'Your comment' : 'Delete a comment',
    now: services.clock(),
    path: pollPath(poll),
    revision: comment.revision,
    author: comment.author,
    mayEdit,
    body: typed,
    errors,
  })
}
