/** An error with Flowdock, shown as a page: what is wrong, then what to do. */
export class FlowdockError extends Error {
  override readonly name = 'Trouble'
  readonly statusCode: number
  readonly title: string
  /** The path at which a new attempt starts. */
  readonly retry: string | undefined

  constructor(statusCode: number, title: string, message: string, retry?: string) {
    super(message)
    this.statusCode = statusCode
    this.title = title
    this.retry = retry
  }

  /** The same error with a path at which a new attempt starts. */
  from(retry: string): FlowdockError {
    return new FlowdockError(this.statusCode, this.title, this.message, retry)
  }
}

/** @param after says whether anything was changed */
export function unreachable(why: string, after = 'Nothing was changed. Try again in a moment.'): FlowdockError {
  return new FlowdockError(503, 'Flowdock does not answer', `${why} ${after}`)
}

export function unexpectedResponse(what: string): FlowdockError {
  const message = `Polldock asked Flowdock for ${what} and cannot read the response. Nothing was changed.`
  return new FlowdockError(
    502,
    'Flowdock’s response has an unexpected form',
    `${message} If this happens again, tell the operator of Polldock.`,
  )
}
