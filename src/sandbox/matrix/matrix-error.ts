/** An answer that is not 200. The messages are those of Synapse 1.163. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError'
  readonly status: number
  readonly errcode: string
  /** Further fields of the answer. */
  readonly extra: Record<string, unknown>

  constructor(status: number, errcode: string, message: string, extra: Record<string, unknown> = {}) {
    super(message)
    this.status = status
    this.errcode = errcode
    this.extra = extra
  }
}

export function forbidden(message: string): MatrixError {
  return new MatrixError(403, 'M_FORBIDDEN', message)
}

export function badRequest(message: string): MatrixError {
  return new MatrixError(400, 'M_UNKNOWN', message)
}

export function badJson(message: string): MatrixError {
  return new MatrixError(400, 'M_BAD_JSON', message)
}

export function notFound(message: string): MatrixError {
  return new MatrixError(404, 'M_NOT_FOUND', message)
}

export function tooLarge(message: string): MatrixError {
  return new MatrixError(413, 'M_TOO_LARGE', message)
}

export function internalError(): MatrixError {
  return new MatrixError(500, 'M_UNKNOWN', 'Internal server error')
}
