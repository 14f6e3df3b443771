/** The general part of the API reference. Text between backticks is shown as code. */
export const introduction = [
  {
    title: 'Authentication',
    text: 'Send `Authorization: Bearer <token>`. Create a token on your page, `/me`, or get one with a new guest from `POST /api/guests`. A browser’s session cookie works, too. Changes then need the header `x-csrf-token` with the value of `<meta name="csrf-token">` from the page.',
  },
  {
    title: 'Revisions',
    text: 'A poll is a log of numbered events. Its revision is the number of the latest event. Changes accept `If-Match: "<revision>"` and are refused with 412 if the poll has another revision. You can read the log with `/events`, or live with `/stream`, and resume after any revision without a gap.',
  },
  {
    title: 'Retries',
    text: 'Voting, withdrawing, closing and reopening are idempotent: you can repeat them safely. Create polls and comments with an `Idempotency-Key`. Within a day, a request with the same key gets the same response and creates nothing new.',
  },
  {
    title: 'Formats',
    text: 'Bodies are JSON in UTF-8 of at most 64 KiB; unknown fields and parameters are refused. Lengths are counted in Unicode code points. Times are ISO 8601 in UTC.',
  },
  {
    title: 'Problems',
    text: 'An error is answered as `application/problem+json` (RFC 9457) with a stable `code`. For invalid input, `errors` names each field.',
  },
]

/** The introduction in Markdown, for the OpenAPI document. */
export const introductionInMarkdown = introduction.map(({ title, text }) => `**${title}.** ${text}`).join('\n\n')
