import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A source file, and its imports. dependency-cruiser.config.ts says which ones are allowed. */
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

/** These files and all their direct and indirect imports. */
function closure(files: Source[]): Source[] {
  const reached = new Set(files)
  for (const { imports } of reached) for (const file of sources) if (imports.includes(file.path)) reached.add(file)
  return [...reached]
}

test('rules and counting use no clock and no randomness', () => {
  const impure =
    /\bnew Date\(\)|\bDate\.(now|UTC|parse)|\bTemporal\.Now|\bperformance\.|\bMath\.random|\bcrypto\b|\bprocess\./
  const pure = closure(within('polls/rules/', 'polls/counting/'))
  expect(pure.filter(({ code }) => impure.test(code)).map(({ path }) => path)).toEqual([])
})

test('modules take the time from the clock that is passed in', () => {
  const readers = sources.filter(({ code }) => /\bnew Date\(\)|\bDate\.now\b|\bTemporal\.Now\b/.test(code))
  // Each is the entry point of a process: its clock is the default there.
  expect(readers.map(({ path }) => path)).toEqual(['sandbox/world.ts', 'services.ts'])
})

test('pages, API and chat routes contain no queries and no transactions', () => {
  const routes = within('web/', 'api/', 'chat/flowdock/', 'server/pages/')
  const querying = routes.filter(({ code }) => /\bprisma\b|\$transaction|\$queryRaw/i.test(code))
  expect(querying.map(({ path }) => path)).toEqual([])
})

test('only configuration modules read the environment', () => {
  const readers = sources.filter(({ code }) => /process\.env|loadEnvFile/.test(code)).map(({ path }) => path)
  expect(readers).toEqual(['config.ts', 'sandbox/config.ts'])
})

test('every file does more than re-export others', () => {
  expect(sources.filter(({ path, code }) => /(^|\/)index\.ts$/.test(path) || /^export \* from/m.test(code))).toEqual([])
})

/** The folders of chats. */
const chats = readdirSync(join(root, 'src/chat'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && code('src/chat/chats.ts').includes(`'./${entry.name}/`))
  .map(({ name }) => name)

test('there are chats', () => {
  expect(chats).toContain('flowdock')
})

test.each(chats)('only its module, its views, the sandbox and the lists of chats name %s', (chat) => {
  const own = new RegExp(`^(src/(chat/(${chat}/|(chats|routes)\\.ts)|sandbox/)|views/${chat}/)`)
  const files = ['src', 'views', 'public'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|eta|js|css)$/.test(entry.name))
      .map(({ parentPath, name }) => relative(root, join(parentPath, name))),
  )
  const others = files.filter((path) => !own.test(path) && !path.startsWith('src/database/generated/'))
  expect(others.filter((path) => nameOf(chat).test(code(path)))).toEqual([])
})

function code(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Names that are words, too. */
const words = ['matrix', 'webhook']

/** The name, but not as a part of a word; of a word: as a key, in a path, in an identifier or a variable, or as people write it. */
function nameOf(chat: string): RegExp {
  const written = chat.charAt(0).toUpperCase() + chat.slice(1)
  if (!words.includes(chat))
    return new RegExp(`(?<![A-Za-z])${chat}(?![a-z])|${written}(?![a-z])|(?<![A-Z])${chat.toUpperCase()}(?![A-Z])`)
  return new RegExp(`['"/]${chat}['"/]|${written}(?![a-z])|\\b${chat}[A-Z]|\\b${chat.toUpperCase()}(S?_|S?\\b)`)
}

test('no folder has more than fifteen files', () => {
  const folders = ['src', 'views', 'public']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath }) => relative(root, parentPath))
    .filter((folder) => !folder.startsWith('src/database/generated'))
  const sizes = Map.groupBy(folders, (folder) => folder)
  const large = [...sizes].filter(([, files]) => files.length > 15)
  expect(large.map(([folder, files]) => `${folder}: ${files.length} files`)).toEqual([])
})

test('views print only views and named HTML unescaped', () => {
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
