import { z } from 'zod'
import { asset } from '../../server/assets.ts'
import type { Given, StartPart } from '../../server/views.ts'
import type { ApiRoutes } from '../api-routes.ts'
import { introduction } from './introduction.ts'
import { operation } from './operation.ts'
import { type Document, type Reference, referenceTo } from './reference-model.ts'

export type ApiReferencePageModel = StartPart & Reference & { introduction: typeof introduction }

declare module '../../server/views.ts' {
  interface Views {
    'api-reference': ApiReferencePageModel
  }
}

/** The description of this API: the OpenAPI document, and a page for people. */
export const reference: ApiRoutes<never> = async (app) => {
  let model: Reference | undefined
  // The first call blocks the process for over 100 ms, so it happens before the first request.
  app.addHook('onListen', async () => void app.swagger())

  app.get('/openapi.json', { schema: describeToPrograms }, async () => app.swagger())
  app.get('', { schema: describeToPeople }, async (request, reply) => {
    model ??= referenceTo(app.swagger() as unknown as Document)
    const { person, isSignedIn } = request
    const page = {
      windowTitle: 'JSON API',
      asset,
      person,
      isSignedIn,
      csrf: '',
      flash: undefined,
    }
    return reply
      .type('text/html; charset=utf-8')
      .view('api-reference', { page, introduction, ...model } satisfies Given<'api-reference'>)
  })
}

const tag = 'Reference'

const describeToPrograms = operation(
  {
    operationId: 'getOpenapi',
    tag,
    summary: 'Read the OpenAPI 3.1 description of this API',
    access: 'everybody',
    answers: { 200: { description: 'The document', schema: z.looseObject({ openapi: z.string() }) } },
  },
  {},
)

const describeToPeople = operation(
  {
    operationId: 'getReference',
    tag,
    summary: 'Read the API reference',
    access: 'everybody',
    answers: { 200: { description: 'A page', schema: z.string(), type: 'text/html' } },
  },
  {},
)
