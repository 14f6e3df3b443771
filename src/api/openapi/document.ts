import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { cookieName } from '../../server/cookies/cookies.ts'
import type { Services } from '../../services.ts'
import { introductionInMarkdown } from './introduction.ts'

/** Collects the routes that are registered after it into an OpenAPI 3.1 document (`app.swagger()`). */
export async function openapiDocument(app: FastifyInstance, services: Pick<Services, 'config'>): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Polldock',
        version: '1.0.0',
        summary: 'Polls that are made, voted on and watched by programs',
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
  { name: 'Polls', description: 'Make, find, show, edit and delete polls' },
  { name: 'Voting', description: 'One ballot per person and poll' },
  { name: 'Conversation', description: 'Options and comments that people add' },
  { name: 'Lifecycle', description: 'Closing, reopening and archiving; for the creator of a poll' },
  { name: 'Following', description: 'The log of a poll, at once or live' },
  { name: 'People', description: 'Who you are' },
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
        'What any page of the same session has as <meta name="csrf-token">; changes with the session cookie need it',
    },
  }
}

type Described = { headers?: Record<string, string> }
type HeadersPart = { properties: Record<string, object> }

/**
 * Tells of headers: those of requests as they are written, and those of answers, which the type provider leaves out.
 */
const withHeaders: typeof jsonSchemaTransform = (route) => {
  const { schema, url } = jsonSchemaTransform(route)
  const described = ((route.schema as FastifySchema | undefined)?.response ?? {}) as Record<string, Described>
  const answers = (schema?.response ?? {}) as Record<string, { headers?: object }>
  for (const [status, answer] of Object.entries(answers)) {
    const headers = described[status]?.headers
    if (headers) answer.headers = Object.fromEntries(Object.entries(headers).map(header))
  }
  const asked = schema?.headers as HeadersPart | undefined
  if (asked) asked.properties = Object.fromEntries(Object.entries(asked.properties).map(written))
  return { schema, url }
}

function written([name, schema]: [string, object]) {
  return [name.replace(/^\w|-\w|(?<=-)id$/g, (letters) => letters.toUpperCase()), schema] as const
}

function header([name, description]: [string, string]) {
  return [name, { type: 'string', description }] as const
}

/** Every schema that has a name is offered twice, as what is taken and as what is answered; only few serve as both. */
function withoutUnusedSchemas(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const text = JSON.stringify(document)
  const isUsed = ([name]: [string, unknown]) => text.includes(`"#/components/schemas/${name}"`)
  const schemas = Object.entries(document.components?.schemas ?? {})
  const used = schemas.filter(isUsed)
  const pruned = { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } }
  return used.length < schemas.length ? withoutUnusedSchemas(pruned) : pruned
}
