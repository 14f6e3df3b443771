/** Why somebody does not get on with Flowdock, and what they can do: shown as a page. */
export class FlowdockError extends Error {
  override readonly name = 'Trouble'
  readonly statusCode: number
  readonly title: string
  /** Where trying again begins. */
  readonly retry: string | undefined

  constructor(statusCode: number, title: string, message: string, retry?: string) {
    super(message)
    this.statusCode = statusCode
    this.title = title
    this.retry = retry
  }

  /** This trouble, for somebody who can begin again at the path `retry`. */
  from(retry: string): FlowdockError {
    return new FlowdockError(this.statusCode, this.title, this.message, retry)
  }
}

/** @param after what is to be known besides why: whether anything has changed all the same */
export function unreachable(why: string, after = 'Nothing was changed. Try again in a moment.'): FlowdockError {
  return new FlowdockError(503, 'Flowdock does not answer', `${why} ${after}`)
}

export function unexpectedResponse(what: string): FlowdockError {
  const message = `Flowdock was asked for ${what}, and its answer makes no sense. Nothing was changed.`
  return new FlowdockError(
    502,
    'Flowdock’s answer was not understood',
    `${message} If it stays so, tell whoever runs Polldock.`,
  )
}
