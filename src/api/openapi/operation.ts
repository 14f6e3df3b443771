import { z } from 'zod'
import { type ProblemCode, problemKinds, problemSchema } from '../problem.ts'

/** The zod schemas of a request. Fastify validates by them. */
type Parts = { params?: z.ZodObject; querystring?: z.ZodObject; headers?: z.ZodObject; body?: z.ZodObject }

/** A response. `type` defaults to JSON. Without a schema, it has no body. */
type OperationResponse = { description: string; schema?: z.ZodType; type?: string; headers?: Record<string, string> }

type About = {
  operationId: string
  tag: string
  summary: string
  description?: string
  /** `person`: needs a token or a session. `everybody`: also works without one. */
  access: 'everybody' | 'person'
  isChange?: boolean
  answers: Record<number, OperationResponse>
  /** In addition to those that follow from the parts of the request (`impliedProblems`). */
  problems?: ProblemCode[]
}

/** A route's schema: validation of the request, and the description for OpenAPI. */
export function operation<P extends Parts>(about: About, parts: P) {
  const { tag, access, isChange = false, answers, problems = [], ...documentation } = about
  const codes = new Set([...problems, ...impliedProblems(about, parts)])
  return {
    ...parts,
    ...documentation,
    tags: [tag],
    security: security(access, isChange),
    response: { ...problemAnswers(codes), ...Object.fromEntries(Object.entries(answers).map(response)) },
  }
}

function impliedProblems({ access, isChange = false }: About, { params, querystring, headers, body }: Parts) {
  const codes: [ProblemCode, boolean][] = [
    ['malformed_json', body !== undefined],
    ['payload_too_large', body !== undefined],
    ['unsupported_media_type', body !== undefined],
    ['invalid_input', [body, querystring, headers].some((part) => part !== undefined)],
    ['not_found', params !== undefined],
    ['gone', params !== undefined],
    ['revision_mismatch', headers !== undefined && 'if-match' in headers.shape],
    ['idempotency_key_reused', headers !== undefined && 'idempotency-key' in headers.shape],
    ['csrf_failed', access === 'person' && isChange],
    ['unavailable', true],
    ['unauthenticated', true],
    ['too_many_requests', true],
    ['internal_error', true],
  ]
  return codes.flatMap(([code, applies]) => (applies ? [code] : []))
}

function security(access: 'everybody' | 'person', isChange: boolean): Record<string, string[]>[] {
  const cookie: Record<string, string[]> = isChange ? { session: [], csrf: [] } : { session: [] }
  const known = [{ bearer: [] }, cookie]
  if (access === 'person') return known
  return isChange ? [] : [...known, {}]
}

function response([status, { description, schema, type = 'application/json', headers }]: [string, OperationResponse]) {
  const answer = schema
    ? { description, content: { [type]: { schema } }, headers }
    : z.undefined().describe(description)
  return [status, answer] as const
}

const retryAfter = { 'Retry-After': 'When to retry, in seconds' }
const problemHeaders: Record<number, Record<string, string>> = {
  401: { 'WWW-Authenticate': 'Bearer' },
  429: retryAfter,
  503: retryAfter,
}

function problemAnswers(codes: ReadonlySet<ProblemCode>) {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const description = codes.map((code) => `\`${code}\`: ${problemKinds[code].meaning}`).join('\n\n')
      const content = { 'application/problem+json': { schema: problemSchema } }
      return [status, { description, content, headers: problemHeaders[status] }]
    }),
  )
}
