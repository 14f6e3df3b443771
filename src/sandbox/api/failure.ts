/** What is wrong with each field of the input, as in `{ title: ["can't be blank"] }`. */
export type FieldErrors = Record<string, string[]>

/** Why a request is refused. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly status: number
  readonly errors: FieldErrors | undefined

  constructor(status: number, message: string, errors?: FieldErrors) {
    super(message)
    this.status = status
    this.errors = errors
  }
}

export const blank = "can't be blank"
export const invalid = 'is invalid'

/** The documented shape for input that will not do. */
export function validationError(errors: FieldErrors): Failure {
  return new Failure(400, 'Validation error', errors)
}

export function notFound(what: string): Failure {
  return new Failure(404, `There is no such ${what}.`)
}

export function forbidden(message: string): Failure {
  return new Failure(403, message)
}
