import { Validator } from '@seriousme/openapi-schema-validator'
import { parse } from 'node-html-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { problemKinds } from '../../src/api/problem.ts'
import { openTestApp, type TestApp } from '../support/app.ts'

type Operation = {
  operationId: string
  summary: string
  security: object[]
  responses: Record<string, { content?: Record<string, object> }>
  parameters?: { in: string; example?: unknown; schema: { default?: unknown } }[]
  requestBody?: { content: { 'application/json': { example: object } } }
}
type Document = {
  openapi: string
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: object; schemas: object }
}

let testApp: TestApp
let document: Document
let operations: (Operation & { call: string })[]

beforeAll(async () => {
  testApp = await openTestApp({ env: { PUBLIC_URL: 'https://polls.example.org' } })
  document = (await testApp.app.inject('/api/openapi.json')).json()
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ call: `${method.toUpperCase()} ${path}`, ...operation })),
  )
})
afterAll(() => testApp.close())

test('the document is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document))
  expect(errors ?? []).toEqual([])
  expect(valid).toBe(true)
  expect(document.openapi).toMatch(/^3\.1\./)
  expect(document.servers).toEqual([{ url: 'https://polls.example.org' }])
})

test('every route below /api is described, and nothing else', () => {
  expect(operations.map(({ call }) => call).sort()).toEqual(registeredCalls().sort())
})

/** The routes that the app knows, as in "GET /api/polls/{id}", read from the tree that Fastify prints. */
function registeredCalls(): string[] {
  const segments: string[] = []
  return testApp.app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', segment = '', methods = ''] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? []
      segments.splice(indent.length / 4, Number.POSITIVE_INFINITY, segment)
      const path = segments.join('').replaceAll(/:(\w+)/g, '{$1}')
      const described = methods.split(', ').filter((method) => method && method !== 'HEAD')
      return path === '/api' || path.startsWith('/api/') ? described.map((method) => `${method} ${path}`) : []
    })
}

test('every operation says what it does, who may call it, and how it can fail', () => {
  for (const { call, summary, security, responses } of operations) {
    expect(summary, call).toMatch(/^[A-Z]/)
    expect(security, call).toBeInstanceOf(Array)
    expect(Object.keys(responses), call).toEqual(expect.arrayContaining(['401', '429', '500']))
    const problems = Object.entries(responses).filter(([status]) => Number(status) >= 400)
    for (const [status, { content = {} }] of problems)
      expect(Object.keys(content), `${call} ${status}`).toEqual(['application/problem+json'])
  }
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
})

test('every body and every path parameter has an example', () => {
  const bodies = operations.flatMap(({ call, requestBody }) => (requestBody ? [{ call, ...requestBody }] : []))
  expect(bodies).not.toEqual([])
  for (const { call, content } of bodies) expect(content['application/json'].example, call).toBeTypeOf('object')
  const parts = operations.flatMap(({ parameters = [] }) => parameters.filter((one) => one.in === 'path'))
  expect(parts).not.toEqual([])
  expect(parts.filter(({ example }) => example === undefined)).toEqual([])
})

test('every reference in the document resolves', () => {
  const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
  expect(new Set(referred)).toEqual(new Set(Object.keys(document.components.schemas)))
  expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'session', 'csrf'])
})

test('the reference page has every operation, schema and problem', async () => {
  for (const url of ['/api', '/api/']) {
    const response = await testApp.app.inject(url)
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const page = parse(response.body)
    const anchors = new Set(page.querySelectorAll('[id]').map(({ id }) => id))
    expect(anchors.size).toBe(page.querySelectorAll('[id]').length)
    const named = [operations.map(({ operationId }) => operationId), document.components.schemas, problemKinds]
    expect([...anchors]).toEqual(
      expect.arrayContaining(named.flatMap((names) => (Array.isArray(names) ? names : Object.keys(names)))),
    )
    const links = page.querySelectorAll('a[href^="#"]').map((link) => link.getAttribute('href')?.slice(1) ?? '')
    expect(links.filter((link) => !anchors.has(link))).toEqual([])
    for (const { call } of operations) expect(page.textContent.replace(/\s+/g, ' ')).toContain(call)
  }
})
