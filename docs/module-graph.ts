import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import config, { moduleOf, modules } from '../dependency-cruiser.config.ts'

/** By file in `src/`, the files there that it imports. */
type Imports = ReadonlyMap<string, readonly string[]>

/** By module, the modules that it imports. */
type ModuleGraph = ReadonlyMap<string, ReadonlySet<string>>

const page = fileURLToPath(new URL('architecture.md', import.meta.url))
const [begin, end] = ['<!-- module graph: npm run docs:graph -->', '<!-- end of module graph -->']

export async function readImports(): Promise<Imports> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { output } = await cruise(['src'], { ...config.options, baseDir: root })
  const inSource = (path: string) => (path.startsWith('src/') ? [path.slice('src/'.length)] : [])
  return new Map(
    (output as ICruiseResult).modules.flatMap(({ source, dependencies }) =>
      inSource(source).map((file) => [file, dependencies.flatMap(({ resolved }) => inSource(resolved))]),
    ),
  )
}

/** Which modules import which. */
export function graphOf(imports: Imports): ModuleGraph {
  const graph = new Map(Object.keys(modules).map((name): [string, Set<string>] => [name, new Set()]))
  for (const [file, imported] of imports) {
    const from = moduleOf(file)
    for (const to of imported.map(moduleOf)) if (from && to && from !== to) graph.get(from)?.add(to)
  }
  return graph
}

/** All modules that this one imports, directly or not. */
export function reach(graph: ModuleGraph, from: string, reached = new Set<string>()): Set<string> {
  for (const to of graph.get(from) ?? []) {
    if (reached.has(to)) continue
    reached.add(to)
    reach(graph, to, reached)
  }
  return reached
}

/** A picture for Mermaid. It leaves out an arrow where a longer way of arrows leads to the same module. */
export function mermaid(graph: ModuleGraph): string {
  const arrows = [...graph].flatMap(([from, imported]) => {
    const indirect = new Set([...imported].flatMap((other) => [...reach(graph, other)]))
    return [...imported].filter((to) => !indirect.has(to)).map((to) => `  ${idOf(from)} --> ${idOf(to)}`)
  })
  const names = [...graph.keys()]
  const folders = Map.groupBy(names, (name) => (isInFolder(name, names) ? (name.split('/', 1)[0] ?? name) : ''))
  const boxes = [...folders].flatMap(([folder, inside]) => {
    const nodes = inside.map((name) => `  ${idOf(name)}["${name}"]`)
    return folder ? [`  subgraph ${folder}`, ...nodes.map((node) => `  ${node}`), '  end'] : nodes
  })
  return ['```mermaid', 'flowchart TD', ...boxes, ...arrows.toSorted(), '```'].join('\n')
}

function isInFolder(name: string, names: readonly string[]): boolean {
  return name.includes('/') || names.some((other) => other.startsWith(`${name}/`))
}

function idOf(name: string): string {
  return name === 'chat' || name === 'people' || name === 'server' ? `${name}_root` : name.replaceAll(/\W/g, '_')
}

/** The page with this picture in place of the old one. */
export function withPicture(text: string, picture: string): string {
  const [before, after] = [text.split(begin)[0], text.split(end)[1]]
  if (after === undefined) throw new Error('docs/architecture.md has no place for the picture of the modules.')
  return `${before}${begin}\n${picture}\n${end}${after}`
}

if (import.meta.main)
  writeFileSync(page, withPicture(readFileSync(page, 'utf8'), mermaid(graphOf(await readImports()))))
