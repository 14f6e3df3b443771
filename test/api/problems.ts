import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { type Problem, type ProblemCode, problemKinds, problemSchema } from '../../src/api/problem.ts'

/** Expects problem details of this code, with the status that belongs to it. */
export function expectProblem(response: LightMyRequestResponse, code: ProblemCode): Problem {
  expect(response.json().code, response.body.slice(0, 500)).toBe(code)
  expect(response.statusCode).toBe(problemKinds[code].status)
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(response.headers['cache-control']).toBe('no-store')
  const problem = problemSchema.parse(response.json())
  expect(problem.requestId).toBe(response.headers['x-request-id'])
  expect(problem).toMatchObject({ status: response.statusCode, type: `/api#${code}` })
  return problem
}
