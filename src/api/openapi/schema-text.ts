/** The part of JSON Schema that our OpenAPI document uses. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  format?: string
  const?: string
  enum?: string[]
  default?: unknown
  description?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: string[]
}

/** The name of the schema in `$ref`. */
export function referredName(schema: Schema): string | undefined {
  return schema.$ref?.split('/').at(-1)
}

/** What a schema allows, in a few words: "list of 2 to 50 texts of 1 to 200 characters". */
export function schemaText(schema: Schema): string {
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return alternatives.map(schemaText).join(' or ')
  if (schema.items) return listText(schema.items, rangeText(schema.minItems, schema.maxItems))
  return referredName(schema) ?? plainText(schema)
}

function listText(items: Schema, range: string): string {
  return range === '' ? `list of ${schemaText(items)}` : `list of ${range}, each ${schemaText(items)}`
}

function plainText(schema: Schema): string {
  const { type, minLength, maxLength, minimum, maximum } = schema
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum.join(' or ')
  if (Array.isArray(type)) return type.map((one) => plainText({ ...schema, type: one })).join(' or ')
  if (type === 'object') return objectText(schema)
  if (type === 'string') return withRange('text', rangeText(minLength, maxLength), 'characters')
  if (type === 'integer') return withRange('number', rangeText(minimum, maximum))
  return type ?? 'anything'
}

function objectText({ properties = {}, additionalProperties }: Schema): string {
  const names = Object.keys(properties)
  if (names.length > 0) return `object of ${names.join(', ')}`
  return typeof additionalProperties === 'object' ? `object, each value ${schemaText(additionalProperties)}` : 'object'
}

function withRange(name: string, range: string, unit = ''): string {
  return range === '' ? name : `${name}, ${range} ${unit}`.trimEnd()
}

/** A bound as large as this, or larger, is that of the type and says nothing. */
const largest = 2_147_483_647

function rangeText(min = 0, max = largest): string {
  const from = min > -largest && min !== 0 ? min.toLocaleString('en') : undefined
  const to = max < largest ? max.toLocaleString('en') : undefined
  if (to) return from ? `${from} to ${to}` : `up to ${to}`
  return from ? `${from} or more` : ''
}
