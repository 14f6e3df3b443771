/** Lists that are read page by page while they are written. */
type Field = AsyncIterable<readonly unknown[]> | object | string | number | boolean | null

/**
 * The text that `JSON.stringify` would make of an object, piece by piece, so neither the object nor its text is ever in
 * memory as a whole. A field that is read in pages is a list.
 *
 * @param indent how many spaces each level is indented by; all is in one line without any
 */
export async function* jsonText(fields: Readonly<Record<string, Field>>, indent = 0): AsyncGenerator<string> {
  const [line, colon] = indent > 0 ? [`\n${' '.repeat(indent)}`, ': '] : ['', ':']
  let separator = '{'
  for (const [name, value] of Object.entries(fields)) {
    yield `${separator}${line}${JSON.stringify(name)}${colon}`
    if (isInPages(value)) yield* list(value, indent, line)
    else yield textOf(value, indent, line)
    separator = ','
  }
  yield separator === '{' ? '{}' : `${line.slice(0, 1)}}`
}

async function* list(pages: AsyncIterable<readonly unknown[]>, indent: number, line: string): AsyncGenerator<string> {
  const inner = line + ' '.repeat(indent)
  let separator = '['
  for await (const page of pages) {
    if (page.length === 0) continue
    yield separator + page.map((item) => inner + textOf(item, indent, inner)).join(',')
    separator = ','
  }
  yield separator === '[' ? '[]' : `${line}]`
}

/** The line breaks of the text are all between values: a string has `\n` for them. */
function textOf(value: unknown, indent: number, line: string): string {
  return JSON.stringify(value, null, indent).replaceAll('\n', line)
}

function isInPages(value: Field): value is AsyncIterable<readonly unknown[]> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
