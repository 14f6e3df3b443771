import { sqlState } from '../database/failures.ts'

/** What the log holds of an error: where it happened and of what kind it is, but none of its other properties. */
export type LoggedError = {
  type: string
  message: string
  code?: string
  /** The state that the database ended with (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
  sqlState?: string
  statusCode?: number
  stack: string
  cause?: LoggedError
}

/** Of a chain of causes no more than this is logged. */
const maxCauses = 3
const maxMessageLength = 500

/**
 * Libraries hang on their errors whatever was at hand: parameters of statements, headers, the bytes of a request. Only
 * what is named here is logged, and of messages nothing that may have been sent to us.
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

/** Passwords and queries of URLs, e-mail addresses, signed tokens, and whatever else is as long as a key. */
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
