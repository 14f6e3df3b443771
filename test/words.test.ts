import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Folders and files whose words are not checked yet. Remove an entry once its words are plain. */
const stillToDo = [
  'public',
  'src/chat',
  'src/database',
  'src/jobs',
  'src/live',
  'src/metrics',
  'src/people',
  'src/polls',
  'src/queue',
  'src/tracing',
  'src/app.ts',
  'src/config.ts',
  'src/errors.ts',
  'src/main.ts',
  'src/services.ts',
]
/** Parts of the folders above that are checked already. */
const done = ['src/polls/inputs']

const banned = [
  /\banew\b/,
  /\bwhoever\b/i,
  /(?:^|[.:;] )whatever\b/i,
  /\bbe it\b/,
  /\bthere (?:is|are) none of\b/i,
  /\b(?:is|are) told\b/,
  /\b(?:is|are) to be\b/,
  /\bgoes on\b/,
  /\bwho it is\b/,
  /\bso that\b/,
]

const checked = ['src', 'views', 'public', 'docs', 'test', 'e2e', 'README.md'].flatMap(filesIn).filter((file) => {
  return isIn(file, done) || !isIn(file, stillToDo)
})

test.each(banned)('no comment, page, document or title says %s', (phrase) => {
  const found = checked.flatMap((file) => wordsOf(file).filter(({ text }) => phrase.test(text)))
  expect(found.map(({ place, text }) => `${place}: ${text.trim()}`)).toEqual([])
})

test('every folder that is still to do exists', () => {
  expect(stillToDo.filter((entry) => filesIn(entry).length === 0)).toEqual([])
})

function isIn(file: string, entries: readonly string[]): boolean {
  return entries.some((entry) => file === entry || file.startsWith(`${entry}/`))
}

function filesIn(entry: string): string[] {
  if (/\.\w+$/.test(entry)) return [entry]
  return readdirSync(join(root, entry), { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile() && /\.(?:ts|js|css|eta|md)$/.test(found.name))
    .map((found) => relative(root, join(found.parentPath, found.name)))
    .filter((file) => !file.startsWith('src/database/generated/') && file !== 'test/words.test.ts')
}

/** The lines that people read. Of code, only comments and texts with several words. */
function wordsOf(file: string): { place: string; text: string }[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  const all = lines.map((text, index) => ({ place: `${file}:${index + 1}`, text }))
  if (!/\.(?:ts|js|css)$/.test(file)) return all
  return all.filter(({ text }) => /^\s*(?:\/?\*|\/\/)|(?:^|\s)\/\/ |\/\*|['"`][^'"`]* [^'"`]* /.test(text))
}
