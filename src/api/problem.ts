import { z } from 'zod'
import { type InputProblem, refusals } from '../errors.ts'

/** Every problem of the API: the refusals of the domain, and errors of HTTP itself. */
export const problemKinds = {
  ...refusals,
  malformed_json: { status: 400, title: 'Malformed JSON', meaning: 'The body is not valid JSON in UTF-8.' },
  bad_request: { status: 400, title: 'Bad request', meaning: 'The request is not valid HTTP, or not a valid URL.' },
  not_acceptable: {
    status: 406,
    title: 'Not acceptable',
    meaning: 'The Accept header excludes the only available type.',
  },
  payload_too_large: { status: 413, title: 'Too large', meaning: 'The body is longer than 64 KiB.' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type', meaning: 'Send application/json.' },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    meaning: 'You sent too many requests. Retry after Retry-After seconds.',
  },
  internal_error: { status: 500, title: 'Internal error', meaning: 'Polldock failed. The error was logged.' },
} satisfies Record<string, { status: number; title: string; meaning: string }>

export type ProblemCode = keyof typeof problemKinds

export const problemSchema = z
  .strictObject({
    type: z.string().describe('The URL of the explanation; identifies the kind of problem'),
    title: z.string().describe('The kind of problem in words'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().describe('What is wrong with this request'),
    code: z.enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]]).describe('The kind of problem; stable'),
    errors: z
      .array(z.strictObject({ path: z.string().describe('The field, as in options.2'), message: z.string() }))
      .optional()
      .describe('The invalid fields'),
    revision: z.int().min(1).optional().describe('The poll’s current revision'),
    requestId: z.string().describe('Quote it when you ask for help; also in the header x-request-id'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' })

/** `sendProblem` adds the request id. */
export type Problem = Omit<z.infer<typeof problemSchema>, 'requestId'>

type Extras = { errors?: readonly InputProblem[]; revision?: number }

export function problem(code: ProblemCode, detail: string, { errors = [], revision }: Extras = {}): Problem {
  const { status, title } = problemKinds[code]
  return {
    type: `/api#${code}`,
    title,
    status,
    detail,
    code,
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
    ...(revision ? { revision } : {}),
  }
}
