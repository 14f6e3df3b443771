import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A source file: what it imports, files as paths from src/, packages by name. */
type Source = { path: string; code: string; imports: string[] }

const sources = filesIn('src', '.ts')
  .filter((path) => !path.startsWith('database/generated/'))
  .map(readSource)

function filesIn(folder: string, ending: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith(ending)).sort()
}

function readSource(path: string): Source {
  const code = readFileSync(join(root, 'src', path), 'utf8')
  const specifiers = [...code.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier = '']) => specifier)
  const imports = specifiers.map((name) => (name.startsWith('.') ? normalize(join(dirname(path), name)) : name))
  return { path, code, imports }
}

const within = (...rooms: string[]) => sources.filter(({ path }) => rooms.some((room) => path.startsWith(room)))

/** `file → import` for every import of these files that is not allowed. */
function breaches(files: Source[], isAllowed: (name: string, file: Source) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter((name) => !isAllowed(name, file)).map((name) => `${file.path} → ${name}`),
  )
}

/** These files and all they import, however indirectly. */
function closure(files: Source[]): Source[] {
  const reached = new Set(files)
  for (const { imports } of reached) for (const file of sources) if (imports.includes(file.path)) reached.add(file)
  return [...reached]
}

test('every room that the rules are about is there', () => {
  for (const room of ['polls/rules/', 'polls/counting/', 'people/', 'web/', 'api/', 'live/', 'jobs/', 'database/']) {
    expect(within(room), room).not.toEqual([])
  }
})

describe('the domain', () => {
  test('knows nothing of HTTP, HTML or chats', () => {
    const outside =
      /^(@?fastify|eta$|node:http|undici|web\/|api\/|chat\/|live\/|jobs\/|metrics\/|@prometheus|sandbox\/|server\/|queue\/|app\.ts|main\.ts)/
    expect(breaches(within('polls/', 'people/'), (name) => !outside.test(name))).toEqual([])
  })

  test('knows nothing of the configuration and of what is made once per process', () => {
    expect(breaches(within('polls/', 'people/'), (name) => !/^(config|services)\.ts$/.test(name))).toEqual([])
  })
})

describe('decisions and counting are pure:', () => {
  const pure = closure(within('polls/rules/', 'polls/counting/'))

  test('no package but what JavaScript will have itself, no input or output, no database', () => {
    expect(
      breaches(pure, (name) => /^(polls\/|people\/model\/person-name\.ts$|errors\.ts$|temporal-polyfill$)/.test(name)),
    ).toEqual([])
  })

  test('no clock and no chance', () => {
    const impure =
      /\bnew Date\(\)|\bDate\.(now|UTC|parse)|\bTemporal\.Now|\bperformance\.|\bMath\.random|\bcrypto\b|\bprocess\./
    expect(pure.filter(({ code }) => impure.test(code)).map(({ path }) => path)).toEqual([])
  })
})

describe('the faces', () => {
  const faces = within('web/', 'api/', 'chat/flowdock/', 'server/pages/')

  test('know nothing of Prisma and transactions', () => {
    expect(breaches(faces, (name) => !/^(@prisma|database\/|pg$|@electric-sql)/.test(name))).toEqual([])
    expect(
      faces.filter(({ code }) => /\bprisma\b|\$transaction|\$queryRaw/i.test(code)).map(({ path }) => path),
    ).toEqual([])
  })

  test('know nothing of each other', () => {
    const face = (path: string) => /^(web|api|chat\/flowdock)\//.exec(path)?.[1]
    expect(breaches(faces, (name, file) => [undefined, face(file.path)].includes(face(name)))).toEqual([])
  })

  test('are known only to the app', () => {
    const others = sources.filter(({ path }) => !/^(web|api)\//.test(path) && path !== 'app.ts')
    expect(breaches(others, (name) => !/^(web|api)\//.test(name))).toEqual([])
  })
})

test('what any chat must do says nothing of one of them', () => {
  const chat = within('chat/').filter(({ path }) => !path.slice('chat/'.length).includes('/'))
  expect(breaches(chat, (name) => !/^chat\/.+\//.test(name))).toEqual([])
})

test('the sandbox and the rest know nothing of each other', () => {
  const [sandbox, rest] = [within('sandbox/'), sources.filter(({ path }) => !path.startsWith('sandbox/'))]
  expect(breaches(sandbox, (name) => name.startsWith('sandbox/') || !name.endsWith('.ts'))).toEqual([])
  // All but what starts it beside Polldock when there is no other Flowdock.
  const isStart = (name: string, file: Source) =>
    file.path === 'server/sandbox-beside.ts' && name === 'sandbox/sandbox.ts'
  expect(breaches(rest, (name, file) => !name.startsWith('sandbox/') || isStart(name, file))).toEqual([])
})

test('only the configurations read the environment', () => {
  const readers = sources.filter(({ code }) => /process\.env|loadEnvFile/.test(code)).map(({ path }) => path)
  expect(readers).toEqual(['config.ts', 'sandbox/config.ts'])
})

test('OpenTelemetry is loaded only when somebody asks for it, and reads the rest of its own variables itself', () => {
  const outside = sources.filter(({ path }) => !path.startsWith('tracing/'))
  expect(breaches(outside, (name) => !/^(@opentelemetry|@fastify\/otel|@prisma\/instrumentation)/.test(name))).toEqual(
    [],
  )
  const loaders = sources.filter(({ imports }) => imports.includes('tracing/opentelemetry.ts'))
  expect(loaders.map(({ path }) => path)).toEqual(['tracing/tracing.ts'])
  expect(loaders[0]?.code).toContain("await import('./opentelemetry.ts')")
})

test('no file only passes on what others export', () => {
  expect(sources.filter(({ path, code }) => /(^|\/)index\.ts$/.test(path) || /^export \* from/m.test(code))).toEqual([])
})

test('views print nothing unescaped but other views, and what is HTML by name', () => {
  const views = ['views', 'src/sandbox/web/views'].flatMap((folder) =>
    filesIn(folder, '.eta').map((file) => join(folder, file)),
  )
  const unescaped = views.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/<%[-_]?~\s*([\s\S]*?)\s*[-_]?%>/g)]
      .map(([, expression = '']) => expression)
      .filter((expression) => !/^(include\([\s\S]*\)|[\w.]*Html)$/.test(expression))
      .map((expression) => `${path}: ${expression}`),
  )
  expect(unescaped).toEqual([])
})
