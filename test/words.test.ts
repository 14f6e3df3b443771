import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

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

const checked = ['src', 'views', 'public', 'docs', 'test', 'e2e', 'README.md'].flatMap(filesIn)

test.each(banned)('no comment, page, document or title says %s', (phrase) => {
  const found = checked.flatMap((file) => wordsOf(file).filter(({ text }) => phrase.test(text)))
  expect(found.map(({ place, text }) => `${place}: ${text.trim()}`)).toEqual([])
})

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
