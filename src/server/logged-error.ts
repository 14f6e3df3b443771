import { sqlState } from '../database/failures.ts'

/** An error as the log holds it: its kind and place, without any other properties. */
export type LoggedError = {
  type: string
  message: string
  code?: string
  /** The SQLSTATE of the database (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
  sqlState?: string
  statusCode?: number
  stack: string
  cause?: LoggedError
}

/** The longest chain of causes that is logged. */
const maxCauses = 3
const maxMessageLength = 500

/**
 * Libraries attach private data to errors: statement parameters, headers, request bytes. Only the properties named here
 * are logged, and no message that may repeat data from a client.
 */
export function loggedError(thrown: unknown, depth = 0): LoggedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: 'Something else than an error.', stack: '' }
  const { name, code, statusCode, cause } = thrown as Error & { code?: unknown; statusCode?: unknown }
  return {
    type: name,
    message: safeMessage(thrown),
    ...(typeof code === 'string' && { code }),
    ...(sqlState(thrown) && { sqlState: sqlState(thrown) }),
    ...(typeof statusCode === 'number' && { statusCode }),
    stack: framesOf(thrown),
    ...(cause instanceof Error && depth < maxCauses && { cause: loggedError(cause, depth + 1) }),
  }
}

function safeMessage(error: Error): string {
  if (repeatsValues(error)) return 'Not logged, as it may repeat what somebody sent.'
  // Prisma prints the call with all of its arguments before it says, in the last paragraph, what is wrong.
  const said = error.name.startsWith('PrismaClient') ? error.message.split('\n\n').at(-1) : error.message
  return withoutSecrets(said ?? '').slice(0, maxMessageLength)
}

/**
 * What cannot be parsed is quoted, by JavaScript as by PostgreSQL, and so is what cannot be stored (classes 22, 23).
 */
function repeatsValues(error: Error): boolean {
  const { code } = error as { code?: unknown }
  return error instanceof SyntaxError || /^2[23]/.test(sqlState(error) || String(code))
}

const secrets: [RegExp, string][] = [
  [/\/\/[^\s/@]+@/g, '//…@'],
  [/\?[^\s'"`<>]*=[^\s'"`<>]*/g, '?…'],
  [/[^\s@'"`<>:=/…]+@[\w.-]+/g, '…@…'],
  [/\beyJ[\w-]*\.[\w-]+\.[\w-]*/g, '…'],
  [/(?=[\w-]*\d)[\w-]{32,}/g, '…'],
]

/** Removes passwords and queries of URLs, e-mail addresses, signed tokens, and words that are as long as a key. */
function withoutSecrets(text: string): string {
  return secrets.reduce((cleaned, [pattern, instead]) => cleaned.replace(pattern, instead), text)
}

/** The stack begins with the message, of which a line may look like a frame. */
function framesOf({ stack = '', message }: Error): string {
  const frames = stack
    .replace(message, () => '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
  return frames.map((line) => line.trim()).join('\n')
}
