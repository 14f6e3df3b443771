import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** A folder of templates, and the file that exports the interface `Views` with their models by name. Both from the root. */
export type ViewFolder = { folder: string; views: string }

/** `lines` holds the template's line of each generated line. */
type Generated = { template: string; code: string; lines: number[] }

/**
 * Compiles each template to a TypeScript function of its model, and has the compiler check them.
 *
 * @param include the files that add to an interface `Views`, with what they need
 * @returns what is wrong, as `file:line: message`; empty when templates and models agree
 */
export async function checkViews(
  folders: readonly ViewFolder[],
  { include = ['src/**/*.ts'] } = {},
): Promise<string[]> {
  const target = await mkdtemp(join(tmpdir(), 'polldock-views-'))
  try {
    const generated = new Map<string, Generated>()
    const problems: string[] = []
    for (const { folder, views } of folders) {
      const names = await templatesIn(folder)
      for (const name of names) {
        const template = posix.join(folder, `${name}.eta`)
        const source = await readFile(join(root, template), 'utf8')
        const model = modelOf(source)
        for (const { path, line } of partsIn(source)) {
          if (!names.includes(posix.join(dirname(name), path)))
            problems.push(`${template}:${line}: There is no ${path}.`)
        }
        if (model === undefined) problems.push(`${template}:1: The first line must name the model: ${firstLine}`)
        generated.set(
          fileOf(folder, name),
          generate({ folder, names, name, template, source, model: model ?? 'unknown' }),
        )
      }
      generated.set(fileOf(folder, 'map of views'), { template: views, ...mapCheck(folder, views, names) })
    }
    await Promise.all([
      ...[...generated].map(([file, { code }]) => writeFile(join(target, file), code)),
      writeFile(join(target, 'prelude.mts'), prelude),
      writeFile(join(target, 'tsconfig.json'), JSON.stringify(configWith(include))),
    ])
    const output = await compile(target)
    return [...problems, ...output.map((error) => atTemplate(error, generated))]
  } finally {
    await rm(target, { recursive: true })
  }
}

const firstLine = '<% /* it: PollPage from src/web/poll/poll.ts */ %>, or <% /* it: nothing */ %>'

/** The type that the first line names; undefined when it names none. */
function modelOf(source: string): string | undefined {
  const [, nothing, type, file] = /^<% \/\* it: (?:(nothing)|(\w+) from (\S+\.ts)) \*\/ %>/.exec(source) ?? []
  if (nothing) return 'Nothing'
  return type && file && `import(${JSON.stringify(join(root, file))}).${type}`
}

/** The parts that a template includes, each once. */
function partsIn(source: string): { path: string; line: number }[] {
  const found = [...source.matchAll(/\binclude\('([^']+)'/g)].map(({ 1: path = '', index }) => {
    return { path, line: source.slice(0, index).split('\n').length }
  })
  return [...new Map(found.toReversed().map((part) => [part.path, part])).values()]
}

function modelIn(file: string): string {
  return `import(${JSON.stringify(`./${file}`)}).It`
}

async function templatesIn(folder: string): Promise<string[]> {
  const files = await readdir(join(root, folder), { recursive: true })
  return files
    .filter((file) => file.endsWith('.eta'))
    .map((file) => file.replaceAll('\\', '/').slice(0, -'.eta'.length))
    .sort()
}

function fileOf(folder: string, name: string): string {
  return `${[folder, name].join('/').replace(/[/ ]/g, '+')}.mts`
}

const parser = new Eta({ debug: true })
type Tag = string | { t: string; val: string; lineNo: number }

type Template = {
  folder: string
  names: readonly string[]
  name: string
  template: string
  source: string
  model: string
}

function generate({ folder, names, name, template, source, model }: Template): Generated {
  const tags = (parser.parse(source) as Tag[]).filter((tag) => typeof tag !== 'string')
  const parts = partsIn(source)
    .map(({ path }) => ({ path, part: posix.join(dirname(name), path) }))
    .filter(({ part }) => names.includes(part))
    .map(({ path, part }) => `${JSON.stringify(path)}: ${modelIn(fileOf(folder, part))}`)
  const head = [
    `import { print, printHtml, type Include, type Nothing } from './prelude.mts'`,
    `export type It = ${model}`,
    `declare const include: Include<{ ${parts.join('; ')} }, It>`,
    'export function view(it: It) {',
    'void [it, include, print, printHtml]; const none: Nothing = {}; void none',
  ]
  const code = [...head]
  const lines = head.map(() => 1)
  for (const { t, val, lineNo } of tags) {
    const statement = t === 'i' ? `print(${val})` : t === 'r' ? `printHtml(${val})` : val
    for (const [index, line] of statement.split('\n').entries()) {
      code.push(line)
      lines.push(lineNo + index)
    }
  }
  return { template, code: `${code.join('\n')}\n}\n`, lines }
}

/** The code gives each template the model that the template names, and no name is of a template that is not there. */
function mapCheck(folder: string, views: string, names: readonly string[]): { code: string; lines: number[] } {
  const isPage = (name: string) => !name.startsWith('parts/')
  const code = [
    `import type { Views } from ${JSON.stringify(join(root, views))}`,
    `type Template = ${names.map((name) => JSON.stringify(name)).join(' | ') || 'never'}`,
    'export const templates: readonly Template[] = [] as (keyof Views)[]',
    'type Given<Name> = Name extends keyof Views ? Views[Name] : never',
    ...names.map((name, index) => {
      const given = isPage(name) ? `Views[${JSON.stringify(name)}]` : `Given<${JSON.stringify(name)}>`
      return `export const view${index} = (given: ${given}): ${modelIn(fileOf(folder, name))} => given`
    }),
  ]
  return { code: code.join('\n'), lines: code.map(() => 1) }
}

const prelude = `
/** What a template may print: anything else would be shown as "undefined" or "[object Object]". */
export declare function print(value: string | number | boolean): void
export declare function printHtml(html: string): void

export type Nothing = Record<never, never>
type Optional<Model> = { [Key in keyof Model]-?: Nothing extends Pick<Model, Key> ? Key : never }[keyof Model]

/** A part inherits what it is not given, so it must be given what the template has under the same name as another type. */
type Given<Model, It> = Model & {
  [Key in Optional<Model> & keyof It as It[Key] extends Model[Key] ? never : Key]: Model[Key]
}
export type Include<Parts, It> = <Part extends keyof Parts>(
  part: Part,
  ...given: Nothing extends Parts[Part] ? [given?: Parts[Part]] : [given: Given<Parts[Part], It>]
) => string
`

const configWith = (include: readonly string[]) => ({
  extends: join(root, 'tsconfig.json'),
  compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
  include: ['*.mts', ...include.map((files) => join(root, files))],
})

/** @returns each error; the lines after the first are indented */
async function compile(folder: string): Promise<string[]> {
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [tsc, '--project', folder, '--pretty', 'false'],
      { maxBuffer: 2 ** 26 },
      (error, out, err) => {
        if (error && !out) reject(new Error(err || error.message))
        else resolve(out)
      },
    )
  })
  return output
    .trimEnd()
    .split(/\n(?! )/)
    .filter((error) => error !== '')
}

/** An error of the compiler, said of the template: generated columns mean nothing there. */
function atTemplate(error: string, generated: ReadonlyMap<string, Generated>): string {
  const [, path = '', line, message] = /^(.+?)\((\d+),\d+\): (.*)$/s.exec(error) ?? []
  const found = generated.get(path.split(/[\\/]/).at(-1) ?? '')
  if (!found) return relativeTo(error)
  return `${found.template}:${found.lines[Number(line) - 1] ?? 1}: ${message}`
}

function relativeTo(error: string): string {
  const [path = '', ...rest] = error.split('(')
  return path.startsWith('.') || path.startsWith('/') ? [relative(root, path), ...rest].join('(') : error
}
