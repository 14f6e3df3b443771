#!/usr/bin/env bash
# The style sheet of @fontsource-variable/noto-sans-sc 5.3.1 says with `unicode-range` which characters each of its files
# has. 2,296 of the 16,283 characters that it names are not in the file, 80 of them Hangul and 108 emoji, such as U+1F302
# in noto-sans-sc-4-wght-normal.woff2. A browser takes the next font of the list then, and has loaded a file for nothing. A
# program that chooses the files by these ranges, to draw a picture or a PDF, draws boxes or nothing.
# (The sheets of noto-sans-jp and noto-sans-kr 5.3.1 name 1,302 and 1,402 such characters.)
#
# Seen with Node.js 24.21, the files read by fontkit 2.0.4:
#
#   16283 named, 2296 missing, of these 80 Hangul and 108 emoji
#
# Fails when that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund @fontsource-variable/noto-sans-sc@5.3.1 fontkit@2.0.4

cat > ranges.mjs << 'JS'
import { readFileSync } from 'node:fs'
import * as fontkit from 'fontkit'

const folder = 'node_modules/@fontsource-variable/noto-sans-sc'
const faces = readFileSync(`${folder}/index.css`, 'utf8').matchAll(/url\(\.([^)]+\.woff2)\)[^}]*unicode-range:([^;}]+)/g)
const named = [...faces].flatMap(([, file, ranges]) => {
  const font = fontkit.openSync(folder + file)
  return ranges.split(',').flatMap((range) => {
    const [from, to = from] = range.trim().slice(2).split('-').map((hex) => Number.parseInt(hex, 16))
    return Array.from({ length: to - from + 1 }, (_, index) => ({
      character: from + index,
      isThere: font.hasGlyphForCodePoint(from + index),
    }))
  })
})
const missing = named.filter(({ isThere }) => !isThere).map(({ character }) => character)
const within = (from, to) => missing.filter((one) => one >= from && one <= to).length
console.log(
  `${named.length} named, ${missing.length} missing, of these ${within(0xac00, 0xd7a3)} Hangul and ${within(0x1f300, 0x1faff)} emoji`,
)
JS
node ranges.mjs > seen

echo '16283 named, 2296 missing, of these 80 Hangul and 108 emoji' > expected
diff expected seen && echo 'As it was seen.'
