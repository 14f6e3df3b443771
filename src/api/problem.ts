import { z } from 'zod'
import type { InputProblem, RefusalCode } from '../errors.ts'

type Kind = { status: number; title: string; meaning: string }

const refusals: Record<RefusalCode, Kind> = {
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    meaning: 'There is no token or session, or the token is unknown or was revoked.',
  },
  forbidden: { status: 403, title: 'Not allowed', meaning: 'Only somebody else may do this: see detail.' },
  sign_in_required: {
    status: 403,
    title: 'Only for people who are signed in',
    meaning: 'The vote is a guest’s, and only people who have signed in with a chat can vote in this poll.',
  },
  not_on_roll: {
    status: 403,
    title: 'Not on the roll',
    meaning: 'Only the people whom its creator named can vote in this poll.',
  },
  options_locked: {
    status: 403,
    title: 'Options are locked',
    meaning: 'Only its creator can add options to this poll.',
  },
  csrf_failed: {
    status: 403,
    title: 'CSRF token missing or wrong',
    meaning: 'A change made with the session cookie lacks a valid x-csrf-token header.',
  },
  not_found: { status: 404, title: 'Not found', meaning: 'There is no such poll, or no such address.' },
  poll_closed: { status: 409, title: 'Poll is closed', meaning: 'A closed poll takes no votes and no options.' },
  poll_open: { status: 409, title: 'Poll is open', meaning: 'Only a closed poll can be archived.' },
  poll_has_votes: {
    status: 409,
    title: 'Poll has votes',
    meaning: 'It is too late for this, as people have voted: see detail.',
  },
  results_hidden: {
    status: 409,
    title: 'Results are hidden',
    meaning: 'They are shown only once you have voted, or the poll is closed: see detail.',
  },
  vote_final: {
    status: 409,
    title: 'Vote is final',
    meaning: 'In this poll a vote that was cast can be neither changed nor withdrawn.',
  },
  receipt_required: {
    status: 409,
    title: 'Receipt required',
    meaning: 'Votes are secret in this poll: only the receipt of yours, as the header Receipt, finds it.',
  },
  ballots_published: {
    status: 409,
    title: 'Ballots are published',
    meaning: 'The secret ballots of this poll have been published, so it cannot be reopened.',
  },
  ballots_full: {
    status: 409,
    title: 'Ballot box is full',
    meaning: 'This anonymous poll holds as many ballots as can be opened at once.',
  },
  option_full: { status: 409, title: 'Option is full', meaning: 'As many people have chosen this option as can.' },
  unconfirmed: {
    status: 409,
    title: 'To be confirmed',
    meaning: 'People have voted: send it again with isConfirmed, if that is what you want.',
  },
  too_many_options: { status: 409, title: 'Too many options', meaning: 'The poll holds as many options as it can.' },
  option_exists: { status: 409, title: 'Option exists', meaning: 'The poll has such an option already.' },
  option_renamed: {
    status: 409,
    title: 'Option was renamed',
    meaning: 'An option has another title than at the revision that you have seen: see detail.',
  },
  title_changed: {
    status: 409,
    title: 'Title was changed',
    meaning: 'The poll has another title, which is its question, than at the revision that you have seen: see detail.',
  },
  gone: { status: 410, title: 'Poll was deleted', meaning: 'The poll was here, but its creator deleted it.' },
  revision_mismatch: {
    status: 412,
    title: 'Revision does not match',
    meaning: 'The poll is not at the revision that If-Match names.',
  },
  invalid_input: { status: 422, title: 'Invalid input', meaning: 'Something sent is wrong: see errors.' },
  unknown_option: { status: 422, title: 'Unknown option', meaning: 'A choice is not an option of this poll.' },
  invalid_choices: { status: 422, title: 'Invalid choices', meaning: 'These choices make no valid ballot.' },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency-Key was used before',
    meaning: 'The same person sent the same Idempotency-Key with another request.',
  },
  unavailable: {
    status: 503,
    title: 'Busy',
    meaning: 'Too much is going on, or the database does not answer. Send it again after Retry-After seconds.',
  },
}

/** Every problem that this face answers with: the rules' refusals, and what HTTP itself can get wrong. */
export const problemKinds = {
  ...refusals,
  malformed_json: { status: 400, title: 'Malformed JSON', meaning: 'The body is not valid JSON in UTF-8.' },
  bad_request: { status: 400, title: 'Bad request', meaning: 'The request is not valid HTTP, or not a valid URL.' },
  not_acceptable: {
    status: 406,
    title: 'Not acceptable',
    meaning: 'The Accept header refuses the only type there is.',
  },
  payload_too_large: { status: 413, title: 'Too large', meaning: 'The body is longer than 64 KiB.' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type', meaning: 'Send application/json.' },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    meaning: 'Slow down, and send it again after Retry-After seconds.',
  },
  internal_error: { status: 500, title: 'Internal error', meaning: 'This is an error in Polldock. It was logged.' },
} satisfies Record<string, Kind>

export type ProblemCode = keyof typeof problemKinds

export const problemSchema = z
  .strictObject({
    type: z.string().describe('Where the problem is explained; stands for the kind of problem'),
    title: z.string().describe('The kind of problem in words'),
    status: z.int().describe('The HTTP status, once more'),
    detail: z.string().describe('What is wrong with this very request'),
    code: z.enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]]).describe('The kind of problem; stable'),
    errors: z
      .array(z.strictObject({ path: z.string().describe('The field, as in options.2'), message: z.string() }))
      .optional()
      .describe('Which fields are at fault'),
    revision: z.int().min(1).optional().describe('The revision that the poll is at'),
    requestId: z.string().describe('What to quote when asking for help; also in the header x-request-id'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' })

/** Which request it was is added as it is sent. */
export type Problem = Omit<z.infer<typeof problemSchema>, 'requestId'>

type Extras = { errors?: readonly InputProblem[]; revision?: number }

export function problem(code: ProblemCode, detail: string, { errors = [], revision }: Extras = {}): Problem {
  const { status, title } = problemKinds[code]
  return {
    type: `/api#${code}`,
    title,
    status,
    detail,
    code,
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
    ...(revision ? { revision } : {}),
  }
}
