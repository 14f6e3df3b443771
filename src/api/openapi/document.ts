import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { cookieName } from '../../server/cookies/cookies.ts'
import type { Services } from '../../services.ts'
import { introductionInMarkdown } from './introduction.ts'

/** Collects all routes that are registered later into an OpenAPI 3.1 document (`app.swagger()`). */
export async function openapiDocument(app: FastifyInstance, services: Pick<Services, 'config'>): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Polldock',
        version: '1.0.0',
        summary: 'Create polls, vote and watch polls with programs',
        description: introductionInMarkdown,
        license: { name: 'MIT', identifier: 'MIT' },
      } as OpenAPIV3_1.InfoObject,
      servers: [{ url: services.config.publicUrl.origin }],
      tags,
      components: { securitySchemes: securitySchemes(services) },
    },
    convertConstToEnum: false,
    transform: withHeaders,
    transformObject: (document) => withoutUnusedSchemas(jsonSchemaTransformObject(document) as OpenAPIV3_1.Document),
  })
}

const tags = [
  { name: 'Polls', description: 'Create, find, show, edit and delete polls' },
  { name: 'Voting', description: 'One ballot per person and poll' },
  { name: 'Conversation', description: 'Options and comments that people add' },
  { name: 'Lifecycle', description: 'Closing, reopening and archiving; for the creator of a poll' },
  { name: 'Following', description: 'The event log of a poll, in pages or live' },
  { name: 'People', description: 'Guests, and yourself' },
  { name: 'Reference', description: 'This description' },
]

function securitySchemes(services: Pick<Services, 'config'>): Record<string, OpenAPIV3_1.SecuritySchemeObject> {
  return {
    bearer: { type: 'http', scheme: 'bearer', description: 'A personal token' },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: cookieName(services, 'polldock'),
      description: 'The session of a browser',
    },
    csrf: {
      type: 'apiKey',
      in: 'header',
      name: 'x-csrf-token',
      description:
        'The value of <meta name="csrf-token"> in any page of the same session; required for changes with the session cookie',
    },
  }
}

type Described = { headers?: Record<string, string> }
type HeadersPart = { properties: Record<string, object> }

/**
 * Adds the headers of responses, which the type provider leaves out, and writes those of requests in their usual case.
 */
const withHeaders: typeof jsonSchemaTransform = (route) => {
  const { schema, url } = jsonSchemaTransform(route)
  const described = ((route.schema as FastifySchema | undefined)?.response ?? {}) as Record<string, Described>
  const answers = (schema?.response ?? {}) as Record<string, { headers?: object }>
  for (const [status, answer] of Object.entries(answers)) {
    const headers = described[status]?.headers
    if (headers) answer.headers = Object.fromEntries(Object.entries(headers).map(header))
  }
  const requestHeaders = schema?.headers as HeadersPart | undefined
  if (requestHeaders)
    requestHeaders.properties = Object.fromEntries(Object.entries(requestHeaders.properties).map(inHeaderCase))
  return { schema, url }
}

function inHeaderCase([name, schema]: [string, object]) {
  return [name.replace(/^\w|-\w|(?<=-)id$/g, (letters) => letters.toUpperCase()), schema] as const
}

function header([name, description]: [string, string]) {
  return [name, { type: 'string', description }] as const
}

/** Removes unused schemas. The type provider adds every named schema twice, for requests and for responses. */
function withoutUnusedSchemas(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const text = JSON.stringify(document)
  const isUsed = ([name]: [string, unknown]) => text.includes(`"#/components/schemas/${name}"`)
  const schemas = Object.entries(document.components?.schemas ?? {})
  const used = schemas.filter(isUsed)
  const pruned = { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } }
  return used.length < schemas.length ? withoutUnusedSchemas(pruned) : pruned
}
