import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A file of a font, and the characters that it is said to have: ranges of code points, both ends included. */
export type FontFile = { family: string; path: string; ranges: readonly Range[] }
type Range = [from: number, to: number]

const require = createRequire(import.meta.url)

const western = ['noto-sans', 'noto-sans-arabic', 'noto-sans-hebrew', 'noto-sans-thai'].flatMap(notoFiles)
const japanese = notoFiles('noto-sans-jp')
const korean = notoFiles('noto-sans-kr')
const chinese = notoFiles('noto-sans-sc')

/** The emoji of Unicode 15, which are all that the font has. */
const emoji: FontFile = {
  family: 'twemoji',
  path: require.resolve('twemoji-colr-font/twemoji.woff2'),
  ranges: rangesIn(
    'U+200D,U+20E3,U+2139,U+231A-23FF,U+25AA-27BF,U+2934-2935,U+2B05-2B55,U+FE0F,U+1F000-1F9FF,U+1FA70-1FA7C,' +
      'U+1FA80-1FA88,U+1FA90-1FABD,U+1FABF-1FAC5,U+1FACE-1FADB,U+1FAE0-1FAE8,U+1FAF0-1FAF8,U+E0020-E007F',
  ),
}

/** A bitmap of every other script of the Basic Multilingual Plane: less fine, but no boxes. */
const others: FontFile = {
  family: 'unifontex',
  path: require.resolve('@fontsource/unifontex/files/unifontex-latin-400-normal.woff2'),
  ranges: [
    [0x20, 0xd7ff],
    [0xf900, 0xffff],
    [0x1d400, 0x1d7ff],
  ],
}

/** The files that draw this text, the preferred ones first, and the text without characters that none of them has. */
export function fontsFor(text: string): { files: readonly FontFile[]; drawable(text: string): string } {
  const common = [...western, emoji, ...eastAsian(text)]
  const characters = [...new Set(text)]
  const files = common.filter((file) => characters.some((character) => isIn(file, character)))
  const areOthers = characters.some((character) => !common.some((file) => isIn(file, character)))
  return {
    files: areOthers ? [...files, others] : files,
    drawable: (part) => [...part].filter((one) => [...files, others].some((file) => isIn(file, one))).join(''),
  }
}

function isIn({ ranges }: FontFile, character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return ranges.some(([from, to]) => from <= code && code <= to)
}

/** Chinese, Japanese and Korean share characters, and write them differently: kana and hangul show the language. */
function eastAsian(text: string): readonly FontFile[] {
  if (/\p{sc=Hiragana}|\p{sc=Katakana}/u.test(text)) return [...japanese, ...chinese, ...korean]
  if (/\p{sc=Hangul}/u.test(text)) return [...korean, ...chinese, ...japanese]
  return [...chinese, ...japanese, ...korean]
}

/**
 * The style sheet of the package says which file has which characters. It claims some that the font does not have, and
 * emoji, which are left out here. Each file is a family, so the next one that has the character draws it.
 */
function notoFiles(family: string): FontFile[] {
  const styleSheet = require.resolve(`@fontsource-variable/${family}/index.css`)
  const faces = readFileSync(styleSheet, 'utf8').matchAll(/url\(([^)]+\.woff2)\)[^}]*unicode-range:([^;}]+)/g)
  return [...faces].map(([, path = '', ranges = '']) => ({
    family: path,
    path: join(dirname(styleSheet), path),
    ranges: rangesIn(ranges).filter(([from]) => from < 0x1f000 || from > 0x1faff),
  }))
}

/** @param list as in CSS: `U+0460-052F,U+20B4` */
function rangesIn(list: string): Range[] {
  return list.split(',').map((range) => {
    const [from = '', to = from] = range.trim().slice(2).split('-')
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)]
  })
}
