import { z } from 'zod'
import { Refusal } from '../../errors.ts'
import { newReceiptCode, readReceiptCode, receiptOf } from '../../polls/anonymous/receipt.ts'
import { ballot as newBallot } from '../../polls/inputs/inputs.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { expectedRevision, ifMatch } from '../conditional.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { optionIds, pollJson, pollSchema } from '../representation.ts'

/** The header by which a secret ballot is found; in an address it would be logged. */
export const receipt = z.looseObject({
  receipt: z
    .string()
    .refine((code) => readReceiptCode(code), 'A receipt has 26 letters and digits, as it was given to you.')
    .optional()
    .describe(
      'In an anonymous poll, the receipt of your ballot. For the first vote, leave it out to be given one; or send 26 random letters and digits of your own, new for each poll and without l, o, 0 and 1, so that the request can be repeated',
    )
    .meta({ examples: ['h7k2m9x4q3vdw8t4m2k9x7qd3v'] }),
})

type ReceiptRequest = { headers: { receipt?: string } }

/** The code that a request bears; undefined without one. */
export function receiptCode({ headers }: ReceiptRequest): string | undefined {
  return headers.receipt === undefined ? undefined : readReceiptCode(headers.receipt)
}

/** One's own ballot in a poll: cast it, change it, withdraw it, and, where it is secret, look at it. */
export const ballot: ApiRoutes<'config' | 'ballotBox' | 'polls' | 'anonymousBallots'> = async (app, { services }) => {
  const { ballotBox, polls, anonymousBallots, config } = services
  const vote = { config: { shed: 'votes' }, preHandler: app.limits.vote } as const

  app.get('/polls/:id/ballot', { schema: look, preHandler: app.limits.vote }, async (request) => {
    const { poll, choices } = await polls.view(request.params.id, request.person?.id)
    if (!poll.anonymous) return { choices, receiptHash: null }
    const code = receiptCode(request)
    const found = code === undefined ? [] : await anonymousBallots.choices(poll, code)
    if (code === undefined || found.length === 0)
      throw new Refusal('receipt_required', 'There is no ballot with this receipt.')
    return { choices: found, receiptHash: receiptOf(code).hash }
  })
  app.put('/polls/:id/ballot', { schema: cast, ...vote }, async (request, reply) => {
    const ifRevision = await expectedRevision(request, polls)
    const { isSignedIn } = request
    // Most polls need no receipt, but to find that out by a refusal would count as one.
    const code = receiptCode(request) ?? newReceiptCode()
    const own = { by: signedIn(request), isSignedIn, ifRevision, receipt: receiptOf(code) }
    const command = { type: 'castVote', ...own, ...request.body } as const
    const answer = await ballotBox.submit({ pollId: request.params.id, command })
    if (answer.poll.anonymous) reply.header('receipt', code)
    return pollJson(answer, config.publicUrl)
  })
  app.delete('/polls/:id/ballot', { schema: withdraw, ...vote }, async (request) => {
    const ifRevision = await expectedRevision(request, polls)
    const code = receiptCode(request)
    const own = { by: signedIn(request), ifRevision, ...(code && { receipt: receiptOf(code) }) }
    const command = { type: 'withdrawVote', ...own } as const
    return pollJson(await ballotBox.submit({ pollId: request.params.id, command }), config.publicUrl)
  })
}

const tag = 'Voting'

const cast = operation(
  {
    operationId: 'castVote',
    tag,
    summary: 'Vote, or change your vote',
    description:
      'Choose one option; in a multiple choice, all that you approve of; in a poll of scores, each option with = and its points, where an option that you leave out gets none, and 0 for every option is a vote, too; of dates, each with =yes, =if_need_be or =no; in a ranking, as many as you like, the best first. Casting the same vote again changes nothing. With shownRevision, a vote is refused if the poll’s title or that of a chosen option was changed after the voter saw it.',
    access: 'person',
    isChange: true,
    answers: {
      200: {
        description: 'The poll with your vote',
        schema: pollSchema,
        headers: { Receipt: 'In an anonymous poll, what finds your ballot from now on: nobody can tell you again' },
      },
    },
    problems: [
      'poll_closed',
      'sign_in_required',
      'not_on_roll',
      'vote_final',
      'receipt_required',
      'ballots_full',
      'option_full',
      'option_renamed',
      'title_changed',
      'unknown_option',
      'invalid_choices',
    ],
  },
  {
    params: pollParams,
    body: newBallot.meta({ examples: [{ choices: ['h7k2m9x4q3vd'] }] }),
    headers: ifMatch.extend(receipt.shape),
  },
)

const withdraw = operation(
  {
    operationId: 'withdrawVote',
    tag,
    summary: 'Withdraw your vote',
    description: 'Without a vote, nothing changes.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll without your vote', schema: pollSchema } },
    problems: ['poll_closed', 'vote_final', 'receipt_required'],
  },
  { params: pollParams, headers: ifMatch.extend(receipt.shape) },
)

const look = operation(
  {
    operationId: 'getBallot',
    tag,
    summary: 'Look at your ballot',
    description: 'In an anonymous poll, at the one that your receipt finds, also once the ballots are published.',
    access: 'everybody',
    answers: {
      200: {
        description: 'What is on it',
        schema: z
          .strictObject({
            choices: optionIds.describe('As they were cast; empty without a ballot'),
            receiptHash: z
              .string()
              .nullable()
              .describe('SHA-256 of the receipt in hex, under which it is published; null unless votes are secret'),
          })
          .meta({ id: 'Ballot' }),
      },
    },
    problems: ['receipt_required'],
  },
  { params: pollParams, headers: receipt },
)
