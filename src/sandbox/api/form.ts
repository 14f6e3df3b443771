import { Failure } from './failure.ts'

const maxPairs = 1_000
const deepest = 6
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** A file in a multipart form. */
export class Upload {
  readonly name: string
  readonly contentType: string
  readonly data: Buffer

  constructor(name: string, contentType: string, data: Buffer) {
    this.name = name
    this.contentType = contentType
    this.data = data
  }
}

type Value = string | Upload
type Branch = { [key: string]: Node }
type Node = Value | Node[] | Branch
/** A field of a form: its name and its value. */
export type Pair = [string, Value]

export function parseForm(text: string): Record<string, unknown> {
  return formOf([...new URLSearchParams(text)])
}

/**
 * Resolves nested names of fields, such as `thread[status][color]`, `tags[]`, `fields[0][label]` and `fields[][label]`.
 * With `[]`, a field that the last item already has starts a new item.
 */
export function formOf(pairs: readonly Pair[]): Record<string, unknown> {
  if (pairs.length > maxPairs) throw new Failure(400, `A form holds at most ${maxPairs} fields.`)
  const form: Branch = Object.create(null)
  for (const [name, value] of pairs) put(form, keysOf(name), value)
  return form
}

function keysOf(name: string): string[] {
  const [, first = name, rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? []
  const keys = [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)]
  if (keys.length > deepest || keys.some((key) => forbiddenKeys.has(key))) {
    throw new Failure(400, `“${name.slice(0, 100)}” is not a valid field name.`)
  }
  return keys
}

function put(branch: Branch, [key = '', next, ...rest]: string[], value: Value): void {
  if (next === undefined) branch[key] = value
  else if (next === '' || /^\d+$/.test(next)) append(listAt(branch, key), next, rest, value)
  else put(branchAt(branch, key), [next, ...rest], value)
}

function append(list: Node[], key: string, rest: string[], value: Value): void {
  if (rest.length === 0) return void list.push(value)
  const index = key === '' ? indexFor(list, rest[0] ?? '') : Math.min(Number(key), list.length)
  const item = list[index]
  const branch: Branch = isBranch(item) ? item : Object.create(null)
  list[index] = branch
  put(branch, rest, value)
}

function indexFor(list: Node[], field: string): number {
  const last = list.at(-1)
  return isBranch(last) && !(field in last) ? list.length - 1 : list.length
}

function listAt(branch: Branch, key: string): Node[] {
  const there = branch[key]
  if (Array.isArray(there)) return there
  const list: Node[] = []
  branch[key] = list
  return list
}

function branchAt(branch: Branch, key: string): Branch {
  const there = branch[key]
  if (isBranch(there)) return there
  const made: Branch = Object.create(null)
  branch[key] = made
  return made
}

function isBranch(node: Node | undefined): node is Branch {
  return typeof node === 'object' && !Array.isArray(node) && !(node instanceof Upload)
}
