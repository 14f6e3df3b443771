/**
 * Why the domain refuses. Each face maps these codes to its own words and status once.
 * `unavailable` is the only one that the same request may survive when sent again later.
 */
export const refusalCodes = [
  'unauthenticated',
  'forbidden',
  'sign_in_required',
  'not_on_roll',
  'not_found',
  'gone',
  'poll_closed',
  'poll_open',
  'poll_has_votes',
  'results_hidden',
  'vote_final',
  'receipt_required',
  'ballots_published',
  'ballots_full',
  'option_full',
  'unconfirmed',
  'options_locked',
  'too_many_options',
  'option_exists',
  'option_renamed',
  'title_changed',
  'unknown_option',
  'invalid_choices',
  'revision_mismatch',
  'idempotency_key_reused',
  'invalid_input',
  'csrf_failed',
  'unavailable',
] as const

export type RefusalCode = (typeof refusalCodes)[number]

/** One thing that is wrong with the input. `path` names the field, as in `options.2`; empty for the whole. */
export type InputProblem = { path: string; message: string }

/** The domain's one error: something that was asked for and is not done, and why. Nothing has changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  /** Which fields are at fault, where it is fields. */
  readonly problems: InputProblem[]
  /** The poll's revision at the time of the refusal, where there is a poll. */
  readonly revision: number | undefined

  constructor(code: RefusalCode, message: string, details: { problems?: InputProblem[]; revision?: number } = {}) {
    super(message)
    this.code = code
    this.problems = details.problems ?? []
    this.revision = details.revision
  }
}
