/**
 * Why the domain refuses a command: the HTTP status for pages, API and chats, and the API's title and meaning of each code.
 * Only after `unavailable` should a program send the same request again. For a click on a thread's button, an
 * `unknown_option` is 410.
 */
export const refusals = {
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    meaning: 'The token or session is missing, or the token is unknown or revoked.',
  },
  forbidden: { status: 403, title: 'Not allowed', meaning: 'Somebody else may do this: see detail.' },
  sign_in_required: {
    status: 403,
    title: 'Only for people who are signed in',
    meaning: 'Only people who have signed in with a chat can vote in this poll.',
  },
  not_on_roll: {
    status: 403,
    title: 'Not on the voter list',
    meaning: 'Only people on the voter list can vote in this poll.',
  },
  options_locked: {
    status: 403,
    title: 'Options are locked',
    meaning: 'Only the creator can add options to this poll.',
  },
  csrf_failed: {
    status: 403,
    title: 'CSRF token missing or wrong',
    meaning: 'A change made with the session cookie lacks a valid x-csrf-token header.',
  },
  not_found: { status: 404, title: 'Not found', meaning: 'The poll or the address does not exist.' },
  poll_closed: { status: 409, title: 'Poll is closed', meaning: 'A closed poll accepts no votes and no options.' },
  poll_open: { status: 409, title: 'Poll is open', meaning: 'Only a closed poll can be archived.' },
  poll_has_votes: {
    status: 409,
    title: 'Poll has votes',
    meaning: 'People have voted, so this can no longer be changed: see detail.',
  },
  results_hidden: {
    status: 409,
    title: 'Results are hidden',
    meaning: 'Results are shown after you vote or when the poll closes: see detail.',
  },
  reminded_recently: {
    status: 409,
    title: 'Reminded recently',
    meaning: 'People were reminded less than an hour ago.',
  },
  nobody_to_remind: {
    status: 409,
    title: 'Nobody to remind',
    meaning: 'Everybody on the voter list, or who opened the poll signed in, has voted.',
  },
  vote_final: {
    status: 409,
    title: 'Vote is final',
    meaning: 'Votes are final in this poll: a choice cannot be changed or withdrawn.',
  },
  receipt_required: {
    status: 409,
    title: 'Receipt required',
    meaning: 'The poll is anonymous: send the receipt of your vote in the header Receipt.',
  },
  ballots_published: {
    status: 409,
    title: 'Ballots are published',
    meaning: 'The ballots of this anonymous poll are published, so it cannot be reopened.',
  },
  ballots_full: {
    status: 409,
    title: 'Ballot box is full',
    meaning: 'This anonymous poll has the maximum number of ballots.',
  },
  option_full: { status: 409, title: 'Option is full', meaning: 'The option has its maximum number of votes.' },
  unconfirmed: {
    status: 409,
    title: 'Confirmation required',
    meaning: 'People have voted. To do it anyway, send the request again with isConfirmed.',
  },
  too_few_options: {
    status: 409,
    title: 'Too few options',
    meaning: 'A poll needs two options: add another one before you remove this one.',
  },
  vote_set_aside: {
    status: 409,
    title: 'Vote was set aside',
    meaning: 'The creator set your vote aside, so it does not count and you cannot change it: see detail.',
  },
  too_many_options: { status: 409, title: 'Too many options', meaning: 'The poll has the maximum number of options.' },
  option_exists: { status: 409, title: 'Option exists', meaning: 'The poll already has this option.' },
  option_renamed: {
    status: 409,
    title: 'Option was renamed',
    meaning: 'An option was renamed after the revision that you saw: see detail.',
  },
  title_changed: {
    status: 409,
    title: 'Title was changed',
    meaning: 'The poll’s title was changed after the revision that you saw: see detail.',
  },
  rules_changed: {
    status: 409,
    title: 'Rules were changed',
    meaning: 'The rules under which people vote were changed after the revision that you saw: see detail.',
  },
  gone: { status: 410, title: 'Poll was deleted', meaning: 'The creator deleted this poll.' },
  revision_mismatch: {
    status: 412,
    title: 'Revision does not match',
    meaning: 'The poll’s revision differs from If-Match.',
  },
  invalid_input: { status: 422, title: 'Invalid input', meaning: 'The input is invalid: see errors.' },
  unknown_option: {
    status: 422,
    title: 'Unknown option',
    meaning: 'A choice names an option that the poll does not have.',
  },
  invalid_choices: { status: 422, title: 'Invalid choices', meaning: 'The choices are not a valid ballot.' },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency-Key was used before',
    meaning: 'You used this Idempotency-Key for a different request. Send a new key.',
  },
  unavailable: {
    status: 503,
    title: 'Busy',
    meaning: 'The server is overloaded or the database does not answer. Retry after Retry-After seconds.',
  },
} as const satisfies Record<string, { status: number; title: string; meaning: string }>

export type RefusalCode = keyof typeof refusals

/** One error in the input. `path` names the field, such as `options.2`; it is empty for the whole input. */
export type InputProblem = { path: string; message: string }

/** The domain's only error: it refuses a command and changes nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  /** The invalid fields; empty when the refusal is not about a field. */
  readonly problems: InputProblem[]
  /** The poll's revision at the time of the refusal; undefined without a poll. */
  readonly revision: number | undefined

  constructor(code: RefusalCode, message: string, details: { problems?: InputProblem[]; revision?: number } = {}) {
    super(message)
    this.code = code
    this.problems = details.problems ?? []
    this.revision = details.revision
  }
}
