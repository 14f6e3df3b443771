import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { moduleOf, modules } from '../dependency-cruiser.config.ts'
import { graphOf, mermaid, reach, readImports, withPicture } from '../docs/module-graph.ts'

const imports = await readImports()
const graph = graphOf(imports)

test('every file of src is part of a module, and every module has files', () => {
  expect(imports.size).toBeGreaterThan(200)
  expect([...imports.keys()].filter((file) => !moduleOf(file))).toEqual([])
  const found = new Set([...imports.keys()].map(moduleOf))
  expect(Object.keys(modules).filter((name) => !found.has(name))).toEqual([])
})

test('modules import each other in no circle', () => {
  expect([...graph.keys()].filter((name) => reach(graph, name).has(name))).toEqual([])
})

test('every allowed import exists', () => {
  const isUsed = (name: string, allowed: string) =>
    [...imports].some(([file, imported]) => {
      return moduleOf(file) === name && imported.some((other) => other === allowed || moduleOf(other) === allowed)
    })
  const unused = Object.entries(modules).flatMap(([name, allowed]) =>
    allowed.filter((other) => !isUsed(name, other)).map((other) => `${name} → ${other}`),
  )
  expect(unused).toEqual([])
})

test('the picture of the modules in docs/architecture.md is what `npm run docs:graph` draws', () => {
  const text = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8')
  expect(text).toBe(withPicture(text, mermaid(graph)))
})
