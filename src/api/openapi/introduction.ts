/** What to know before reading about single operations. Names in backticks are shown as code. */
export const introduction = [
  {
    title: 'Who you are',
    text: 'Send `Authorization: Bearer <token>`. You make tokens on your profile page, or get one with a new guest from `POST /api/guests`. The session cookie of a browser counts too; changes then need the header `x-csrf-token` with what the page has as `<meta name="csrf-token">`.',
  },
  {
    title: 'Revisions',
    text: 'A poll is a log of numbered events, and its revision is the number of the latest. Changes take `If-Match: "<revision>"` and are refused with 412 if the poll has moved on. Who follows the log, with `/events` or live with `/stream`, can resume after any revision without a gap.',
  },
  {
    title: 'Sending again',
    text: 'Voting, closing and their opposites can be sent any number of times and count once. Send polls and comments with an `Idempotency-Key`, and within a day the same key gets the same answer and makes nothing new.',
  },
  {
    title: 'Texts and times',
    text: 'Bodies are JSON in UTF-8 of at most 64 KiB; fields and parameters that are not described are refused. Lengths are counted in Unicode code points. Times are ISO 8601 in UTC.',
  },
  {
    title: 'Problems',
    text: 'What goes wrong is answered as `application/problem+json` (RFC 9457), with a `code` that stays the same, and for bad input with `errors` that name each field.',
  },
]

/** The introduction in Markdown, as OpenAPI wants it. */
export const introductionInMarkdown = introduction.map(({ title, text }) => `**${title}.** ${text}`).join('\n\n')
