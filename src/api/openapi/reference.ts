import { z } from 'zod'
import type { ApiRoutes } from '../api.ts'
import { operation } from './operation.ts'

/** The description of this API, for programs and for people. */
export const reference: ApiRoutes = async (app) => {
  app.get('/openapi.json', { schema: describe }, async () => app.swagger())
}

const describe = operation(
  {
    operationId: 'getOpenapi',
    tag: 'Reference',
    summary: 'The OpenAPI 3.1 description of this API',
    access: 'everybody',
    answers: { 200: { description: 'The document', schema: z.looseObject({ openapi: z.string() }) } },
  },
  {},
)
