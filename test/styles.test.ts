import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

const styles = filesIn(['public/styles', 'src/sandbox/web/public/styles'], '.css').map(({ file, text }) => {
  return { file, css: text.replace(/\/\*[\s\S]*?\*\//g, '') }
})
const scripts = filesIn(['public/scripts', 'src/sandbox/web/public'], '.js')
const views = filesIn(['views', 'src/sandbox/web/views'], '.eta')

function filesIn(folders: string[], ending: string): { file: string; text: string }[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((file) => file.endsWith(ending))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
}

/** All declarations of a property of this name, tokens excepted, as `file: property: value`. */
function declarations(property: RegExp): string[] {
  return styles.flatMap(({ file, css }) =>
    [...css.matchAll(/(?<=[{;]\s*)([a-z][a-z-]*):\s*([^;{}]+)(?=;)/g)]
      .filter(([, name = '']) => property.test(name))
      .map(([declaration]) => `${file}: ${declaration}`),
  )
}

test('every rule of a style sheet is in one of the cascade layers', () => {
  const [, order = ''] = /^@layer ([\w, ]+);/m.exec(readFileSync(join(root, 'public/styles/tokens.css'), 'utf8')) ?? []
  const layers = order.split(', ')
  expect(layers).toHaveLength(7)
  for (const { file, css } of styles) {
    const [, name, rules = ''] = /^\s*(?:@layer [\w, ]+;\s*)?@layer (\w+) \{\n([\s\S]*)\n\}\s*$/.exec(css) ?? []
    expect(layers, file).toContain(name)
    expect(rules.match(/^\S.*/m)?.[0], file).toBeUndefined()
  }
})

test('text, gaps, padding, margins and corners have the sizes of the scales', () => {
  const scaled = declarations(/^(padding|margin|gap|row-gap|column-gap|font-size|border(-[a-z]+)*-radius)/)
  expect(scaled.length).toBeGreaterThan(200)
  expect(scaled.filter((declaration) => /\d(rem|px)\b/.test(declaration.replaceAll('-1px', '')))).toEqual([])
})

test('only thin lines are measured in pixels', () => {
  const inPixels = declarations(/./).flatMap((declaration) => {
    return [...declaration.matchAll(/(\d+)px/g)].filter(([, pixels]) => Number(pixels) > 3).map(() => declaration)
  })
  expect(inPixels).toEqual([])
})

/** What a style sheet says outside of media queries, as `selector: property`. Tokens of `:root` may have other values. */
function statements(css: string): string[] {
  return [...css.matchAll(/^ {2}(\S[^{}]*) \{\n((?: {4}[^{}]*\n)*) {2}\}$/gm)].flatMap(
    ([, selectors = '', body = '']) => {
      const properties = [...body.matchAll(/^ {4}([a-z-]+):/gm)].map(([, property]) => property)
      const each = selectors.split(/,\s*(?![^(]*\))/).filter((selector) => selector !== ':root')
      return each.flatMap((selector) => properties.map((property) => `${selector}: ${property}`))
    },
  )
}

test('the sandbox repeats nothing of the tokens, the reset and the controls that it shares with Polldock', () => {
  const common = styles.filter(({ file }) => /^public\/styles\/(tokens|base|controls)\.css$/.test(file))
  const said = new Set(common.flatMap(({ css }) => statements(css)))
  expect(['body: margin', '.skip: z-index', 'button: font', '.field: display'].filter((one) => !said.has(one))).toEqual(
    [],
  )
  const sandbox = styles.filter(({ file }) => file.startsWith('src/sandbox/'))
  const own = sandbox.flatMap(({ file, css }) => statements(css).map((statement) => ({ file, statement })))
  expect(own.length).toBeGreaterThan(200)
  expect(own.filter(({ statement }) => said.has(statement))).toEqual([])
})

test('scripts set no globals', () => {
  const globals = /\b(window|globalThis|self)(\.\w+|\[.+\])\s*(=(?!=)|\?\?=|\|\|=)|^(var|function\*? \w+\.)/m
  expect(scripts.filter(({ text }) => globals.test(text)).map(({ file }) => file)).toEqual([])
})

test('views contain no handlers and no styles, and every script that they load is a module', () => {
  const inline = views.flatMap(({ file, text }) =>
    [
      ...text.matchAll(
        /<script(?![^>]*src="[^"]+" type="module"><\/script>)|<style|\s(style|on[a-z]+|hx-on[^=]*)=["']/g,
      ),
    ].map(([found]) => `${file}: ${found}`),
  )
  expect(inline).toEqual([])
})
