import { z } from 'zod'
import { Refusal } from '../../errors.ts'
import { newReceiptCode, readReceiptCode, receiptOf } from '../../polls/anonymous/receipt.ts'
import { ballot as newBallot } from '../../polls/inputs/inputs.ts'
import { formatChoices, parseChoices } from '../../polls/model/choices/choice-text.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { changePoll } from '../change-poll.ts'
import { expectedRevision, ifMatch } from '../conditional.ts'
import { signedIn } from '../identity.ts'
import { operation } from '../openapi/operation.ts'
import { pollParams } from '../parameters.ts'
import { optionIds, pollJson, pollSchema } from '../representation.ts'

/** The header with the receipt of an anonymous ballot. It is no query parameter, because URLs are logged. */
const receipt = z
  .string()
  .refine((code) => readReceiptCode(code), 'Send all 26 letters and digits of your receipt.')
  .optional()
  .describe('In an anonymous poll, the receipt of your ballot')
  .meta({ examples: ['h7k2m9x4q3vdw8t4m2k9x7qd3v'] })

const newReceipt = receipt.describe(
  `${receipt.description}. For your first vote, leave it out and the response holds a new one. To be able to repeat that request safely, create one yourself: 26 random letters and digits without l, o, 0 and 1, new for each poll`,
)

type ReceiptRequest = { headers: { receipt?: string } }

/** The receipt code in the header; undefined without one. */
function receiptCode({ headers }: ReceiptRequest): string | undefined {
  return headers.receipt === undefined ? undefined : readReceiptCode(headers.receipt)
}

/** Cast, change, withdraw and read your own ballot. */
export const ballot: ApiRoutes<'config' | 'ballotBox' | 'polls' | 'anonymousBallots'> = async (app, { services }) => {
  const { ballotBox, polls, anonymousBallots, config } = services
  const vote = { config: { shed: 'votes' }, preHandler: app.limits.vote } as const

  app.get('/polls/:id/ballot', { schema: look, preHandler: app.limits.vote }, async (request) => {
    const { poll, choices } = await polls.view(request.params.id, request.person?.id)
    if (!poll.anonymous) return { choices: formatChoices(choices), receiptHash: null }
    const code = receiptCode(request)
    const found = code === undefined ? [] : await anonymousBallots.choices(poll, code)
    if (code === undefined || found.length === 0)
      throw new Refusal('receipt_required', 'No ballot has this receipt. Send the receipt that you got with your vote.')
    return { choices: formatChoices(found), receiptHash: receiptOf(code).hash }
  })
  app.put('/polls/:id/ballot', { schema: cast, ...vote }, async (request, reply) => {
    const ifRevision = await expectedRevision(request, polls)
    const { isSignedIn } = request
    // Only anonymous polls need a receipt. Trying without one first would count as a refusal in the metrics.
    const code = receiptCode(request) ?? newReceiptCode()
    const own = { by: signedIn(request), isSignedIn, ifRevision, receipt: receiptOf(code) }
    const { choices, ...shown } = request.body
    const command = { type: 'castVote', ...own, choices: parseChoices(choices), ...shown } as const
    const answer = await ballotBox.submit({ pollId: request.params.id, command })
    if (answer.poll.anonymous) reply.header('receipt', code)
    return pollJson(answer, config.publicUrl)
  })
  app.delete('/polls/:id/ballot', { schema: withdraw, ...vote }, async (request) => {
    const code = receiptCode(request)
    return changePoll(services, request, { type: 'withdrawVote', ...(code && { receipt: receiptOf(code) }) })
  })
}

const tag = 'Voting'

const cast = operation(
  {
    operationId: 'castVote',
    tag,
    summary: 'Vote, or change your vote',
    description:
      'Choose one option. In a multiple choice: all that you choose. In a poll of points: each option with = and its points; an option that you leave out gets 0, and 0 for every option is a vote, too. In a poll of dates: each with =yes, =if_need_be or =no. In a ranking: as many as you like, the best first. Casting the same vote again changes nothing. With `shownRevision`, the vote is refused if the title of the poll or of a chosen option changed after that revision.',
    access: 'person',
    isChange: true,
    answers: {
      200: {
        description: 'The poll with your vote',
        schema: pollSchema,
        headers: { Receipt: 'In an anonymous poll, the receipt of your ballot. Keep it: nobody can show it again' },
      },
    },
    problems: [
      'vote_set_aside',
      'poll_closed',
      'sign_in_required',
      'not_on_roll',
      'vote_final',
      'receipt_required',
      'ballots_full',
      'option_full',
      'option_renamed',
      'title_changed',
      'rules_changed',
      'unknown_option',
      'invalid_choices',
    ],
  },
  {
    params: pollParams,
    body: newBallot.meta({ examples: [{ choices: ['h7k2m9x4q3vd'] }] }),
    headers: ifMatch.extend({ receipt: newReceipt }),
  },
)

const withdraw = operation(
  {
    operationId: 'withdrawVote',
    tag,
    summary: 'Withdraw your vote',
    description: 'Without a vote, this changes nothing.',
    access: 'person',
    isChange: true,
    answers: { 200: { description: 'The poll without your vote', schema: pollSchema } },
    problems: ['poll_closed', 'vote_final', 'receipt_required'],
  },
  { params: pollParams, headers: ifMatch.extend({ receipt }) },
)

const look = operation(
  {
    operationId: 'getBallot',
    tag,
    summary: 'Show your ballot',
    description: 'In an anonymous poll, the ballot of the receipt that you send, also after the ballots are published.',
    access: 'everybody',
    answers: {
      200: {
        description: 'Your ballot',
        schema: z
          .strictObject({
            choices: optionIds.describe('Your choices; empty without a ballot'),
            receiptHash: z
              .string()
              .nullable()
              .describe('SHA-256 of the receipt in hex, published with the ballot; null unless the poll is anonymous'),
          })
          .meta({ id: 'Ballot' }),
      },
    },
    problems: ['receipt_required'],
  },
  { params: pollParams, headers: z.looseObject({ receipt }) },
)
