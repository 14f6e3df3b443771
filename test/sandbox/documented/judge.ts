import type { ZodType, z } from 'zod'
import { exchange, formType } from '../../support/exchange.ts'
import { type Box, basic } from '../box.ts'
import type { Answer, Endpoint, Example, Send, Trial } from './endpoint.ts'

/** `not`: no route answers. `partly`: something documented is missing or differs. */
export type Verdict = { served: 'yes' | 'partly' | 'no'; differences: string[] }

/** Opens a sandbox for one call, and closes it. */
type WithSandbox = <Result>(use: (box: Box) => Promise<Result>) => Promise<Result>

/** Calls the endpoint as documented, and tries each of its parameters, in a new sandbox for each. */
export async function judge(endpoint: Endpoint, withSandbox: WithSandbox): Promise<Verdict> {
  const answer = await withSandbox(async (box) => (await prepare(endpoint, box))())
  if (answer.status === 404 || answer.status === 405) return { served: 'no', differences: [] }
  const differences = [...differencesOf(endpoint, answer), ...(await failedTrials(endpoint, withSandbox))]
  return { served: differences.length === 0 ? 'yes' : 'partly', differences }
}

async function prepare(endpoint: Endpoint, box: Box): Promise<Send> {
  const example = await endpoint.example(box)
  return (changes = {}) => send(endpoint, box, merge(example, changes))
}

function merge(example: Example, changes: Example): Example {
  const isForm = [example.body, changes.body].some((body) => body instanceof FormData)
  const body = isForm ? changes.body : example.body && { ...example.body, ...changes.body }
  return {
    ...{ ...example, ...changes, body: body ?? changes.body },
    path: { ...example.path, ...changes.path },
    query: { ...example.query, ...changes.query },
    headers: { ...example.headers, ...changes.headers },
  }
}

async function send({ endpoint, host }: Endpoint, box: Box, example: Example): Promise<Answer> {
  const [documented = '', path = ''] = endpoint.split(' ')
  const { body, as = 'maija', meanwhile, method = documented } = example
  const parts: Record<string, string | number> = { organization: 'acme', flow: 'main', ...example.path }
  const filled = path.replace(/:(\w+)/g, (_, name) => encodeURIComponent(parts[name] ?? ''))
  const encoded = body && new Response(body instanceof FormData ? body : textOf(body, example.headers))
  const headers = {
    ...(as && { authorization: basic(`${as}-sandbox-api-token`) }),
    ...(encoded && { 'content-type': body instanceof FormData ? typeOf(encoded) : 'application/json' }),
    ...(host && { host: `${host}.localhost` }),
    ...example.headers,
  }
  const bytes = encoded && Buffer.from(await encoded.arrayBuffer())
  const query = new URLSearchParams(example.query)
  return {
    ...(await exchange(box.url, { method, path: `${filled}?${query}`, headers, body: bytes, meanwhile })),
    by: as,
  }
}

const typeOf = ({ headers }: Response) => headers.get('content-type') ?? ''

function textOf(body: Record<string, unknown>, headers: Example['headers']): string {
  const isForm = headers?.['content-type'] === formType
  return isForm ? new URLSearchParams(formFields(body)).toString() : JSON.stringify(body)
}

/** Nested fields, such as `thread[title]` and `tags[]`. */
function formFields(value: unknown, name = ''): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item) => formFields(item, `${name}[]`))
  if (typeof value !== 'object' || value === null) return [[name, String(value)]]
  return Object.entries(value).flatMap(([key, item]) => formFields(item, name ? `${name}[${key}]` : key))
}

/** The pages whose examples name the user in a header. */
const namingTheUser = new Set([
  ...['flows', 'messages', 'files', 'private-conversations', 'private-messages', 'users', 'organizations'],
  ...['invitations', 'sources', 'threads', 'rest'],
])

function differencesOf({ page, status, answer, headers: own = {} }: Endpoint, given: Answer): string[] {
  if (given.status !== status) return [`answers ${given.status}, not ${status}`]
  const headers = { ...own, ...(given.by && namingTheUser.has(page) && { 'flowdock-user': /^1$/ }) }
  const isDocumented = ([name, pattern]: [string, RegExp]) => pattern.test(given.headers.get(name) ?? '')
  const missing = Object.entries(headers).filter((header) => !isDocumented(header))
  return [
    ...missing.map(([name]) => `without the header \`${name}\``),
    ...(answer ? differencesOfBody(answer, given.json) : []),
  ]
}

function differencesOfBody(documented: ZodType, body: unknown): string[] {
  if (body === undefined) return ['without a body']
  const { error } = documented.safeParse(body)
  return [...new Set(error?.issues.map((issue) => differenceOf(issue, body)))]
}

function differenceOf(issue: z.core.$ZodIssue, body: unknown): string {
  const name = `\`${issue.path.map((part) => (typeof part === 'number' ? '[]' : String(part))).join('.')}\``
  const value = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)?.[key], body)
  if (value === undefined) return `without ${name}`
  if (issue.code === 'unrecognized_keys') return `more than ${name}: ${issue.keys.join(', ')}`
  if (issue.code === 'invalid_type') return `${name} is ${value === null ? null : typeof value}, not ${issue.expected}`
  return `${name}: ${issue.message.toLowerCase()}`
}

/** The parameters, and what the documentation says of all endpoints, that do not work. */
async function failedTrials(endpoint: Endpoint, withSandbox: WithSandbox): Promise<string[]> {
  const failed: string[] = []
  for (const [name, trial] of Object.entries({ ...common(endpoint), ...endpoint.parameters })) {
    const works = await withSandbox(async (box) => {
      const send = await prepare(endpoint, box)
      return trial(send, box).then(
        () => true,
        () => false,
      )
    })
    if (!works) failed.push(`\`${name}\``)
  }
  return failed.length > 0 ? [`not as documented: ${failed.join(', ')}`] : []
}

/** Bodies may be forms, and `PATCH` works like `PUT`. */
function common({ endpoint, status }: Endpoint): Record<string, Trial> {
  const [method = ''] = endpoint.split(' ')
  const answersAlike =
    (changes: Example): Trial =>
    async (send) => {
      const { status: given } = await send(changes)
      if (given !== status) throw new Error(`It was answered with ${given}.`)
    }
  return {
    ...(/^(POST|PUT)$/.test(method) && { 'a form': answersAlike({ headers: { 'content-type': formType } }) }),
    ...(method === 'PUT' && { PATCH: answersAlike({ method: 'PATCH' }) }),
  }
}
