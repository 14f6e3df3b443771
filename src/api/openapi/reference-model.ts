import { problemKinds } from '../problem.ts'
import { referredName, type Schema, schemaText } from './schema-text.ts'

type Content = Record<string, { schema: Schema; example?: unknown }>
export type Parameter = {
  name: string
  in: string
  required?: boolean
  description?: string
  schema: Schema
  example?: string
}
export type ReferenceOperation = {
  operationId: string
  summary: string
  description?: string
  tags: [string]
  security: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<
    string,
    { description: string; content?: Content; headers?: Record<string, { description?: string }> }
  >
}

/** The part of an OpenAPI document that the page uses. */
export type Document = {
  servers: [{ url: string }]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, ReferenceOperation>>
  components: { schemas: Record<string, Schema> }
}

export type Reference = ReturnType<typeof referenceTo>
export type ApiOperation = ReturnType<typeof shown>
export type ApiFieldsPart = {
  label: string
  caption: string
  /** Shows where each field belongs: path, query or header. */
  withLocation?: true
  /** Marks required fields. */
  marked?: true
  fields: readonly (ReturnType<typeof fields>[number] & { location?: string })[]
}
/** Text with code between backticks. */
export type CodePart = { text: string | undefined }

/** What the reference page shows of the document. */
export function referenceTo({ servers, tags, paths, components }: Document) {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => shown(servers[0].url, method.toUpperCase(), path, operation)),
  )
  return {
    groups: tags.map((tag) => ({ ...tag, operations: operations.filter((operation) => operation.tag === tag.name) })),
    schemas: Object.entries(components.schemas).map(([name, schema]) => ({ name, ...contents(schema) })),
    problems: Object.entries(problemKinds).map(([code, kind]) => ({ code, ...kind })),
  }
}

function shown(server: string, method: string, path: string, operation: ReferenceOperation) {
  const { operationId, summary, description, tags, parameters = [], requestBody, responses } = operation
  return {
    id: operationId,
    tag: tags[0],
    method,
    path,
    summary,
    description,
    access: accessText(operation),
    parameters: parameters.map(parameterRow),
    fields: fields(requestBody?.content['application/json']?.schema ?? {}),
    answers: Object.entries(responses).flatMap(([status, answer]) =>
      Number(status) < 400 ? [answerRow(status, answer)] : [],
    ),
    problems: Object.values(responses).flatMap(({ description }) => codes(description)),
    curl: curl(server, method, path, operation),
  }
}

function accessText({ security }: ReferenceOperation): string {
  if (security.length === 0) return 'Everybody, without a token'
  return security.some((way) => Object.keys(way).length === 0) ? 'Everybody' : 'People with a token or a session'
}

function parameterRow({ name, in: location, required = false, description, schema }: Parameter) {
  return { name, location, required, type: schemaText(schema), description, initial: initialText(schema) }
}

function answerRow(
  status: string,
  { description, content = {}, headers = {} }: ReferenceOperation['responses'][string],
) {
  const [type, media] = Object.entries(content)[0] ?? []
  return {
    status,
    description,
    type,
    schema: referredName(media?.schema ?? {}),
    headers: Object.entries(headers).map(([name, header]) => ({ name, description: header.description ?? '' })),
  }
}

/** `problemAnswers` writes each code in backticks at the beginning of a line. */
function codes(description: string): string[] {
  return [...description.matchAll(/^`(\w+)`:/gm)].flatMap(([, code]) => code ?? [])
}

/** A schema is shown as a list of fields, as a text, or as variants that differ in their facts. */
function contents(schema: Schema) {
  const variants = (schema.oneOf ?? []).map(({ properties = {} }) => ({
    type: properties.type?.const ?? '',
    fields: fields(properties.facts ?? {}),
  }))
  const common = fields(schema.oneOf?.[0] ?? schema).map((field) =>
    variants.length > 0 && ['type', 'facts'].includes(field.name) ? { ...field, type: 'see below' } : field,
  )
  return {
    description: schema.description,
    text: schema.properties || schema.oneOf ? '' : schemaText(schema),
    fields: common,
    variants,
  }
}

function fields({ properties = {}, required = [] }: Schema) {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name) && schema.default === undefined,
    type: schemaText(schema),
    description: schema.description,
    initial: initialText(schema),
  }))
}

function initialText({ default: initial }: Schema): string | undefined {
  return initial === undefined ? undefined : JSON.stringify(initial)
}

/** The curl command of an operation, with the token in the shell variable TOKEN. */
export function curl(server: string, method: string, path: string, operation: ReferenceOperation): string {
  const { parameters = [], requestBody, security, responses } = operation
  const isStream = Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content)
  const isOpen = security.length === 0 || security.some((way) => Object.keys(way).length === 0)
  const body = requestBody?.content['application/json']?.example
  const filled = parameters.reduce((url, { name, example }) => url.replace(`{${name}}`, example ?? name), path)
  return [
    `curl ${isStream ? '--no-buffer ' : ''}${method === 'GET' ? '' : `--request ${method} `}${server}${filled}`,
    ...(isOpen ? [] : ['--header "Authorization: Bearer $TOKEN"']),
    ...(body ? ['--header "Content-Type: application/json"', `--data ${quoted(JSON.stringify(body))}`] : []),
  ].join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
