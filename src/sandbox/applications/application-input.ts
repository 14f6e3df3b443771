import { z } from 'zod'
import { outOfBand } from '../state/types.ts'

const maxUriLength = 2_000

/** An http or https URL. The host is checked, too, as it becomes a part of a header. */
export const webUrl = z
  .string()
  .max(maxUriLength, `must have at most ${maxUriLength} characters`)
  .refine((value) => isWebUrl(value), 'must be an http(s) URL')

function isWebUrl(value: string): boolean {
  if (!/^https?:\/\/\S+$/i.test(value) || !URL.canParse(value)) return false
  return /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(new URL(value).hostname)
}

/** A URL with names in braces, which the sandbox replaces. */
const uriTemplate = (example: string, ...names: string[]) =>
  z
    .string()
    .refine(
      (value) => webUrl.safeParse(value.replace(/[{}]/g, '')).success,
      `must be an http(s) URL, such as ${example}`,
    )
    .superRefine((value, context) => {
      const unknown = [...value.matchAll(/\{(\w*)\}/g)]
        .map(([, name = '']) => name)
        .find((name) => !names.includes(name))
      if (unknown === undefined) return
      const known = names.map((name) => `{${name}}`).join(', ')
      context.addIssue({ code: 'custom', message: `has {${unknown}}, but only these are filled in: ${known}` })
    })

export const setupUri = uriTemplate('https://app.example/setup?flow={flow_id}', 'flow_id', 'flow_url')
export const configurationUri = uriTemplate(
  'https://app.example/configure?source={source_id}',
  ...['source_id', 'source_url', 'flow_id', 'flow_url'],
)

export const callbackUri = z
  .string()
  .refine(
    (value) => value === outOfBand || webUrl.safeParse(value).success,
    `must be an http(s) URL, such as https://app.example/callback, or ${outOfBand}`,
  )
  .refine((value) => !value.includes('#'), 'must not have a fragment, which begins with #')

const maxNameLength = 100

const trimmed = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === 'string' ? value.trim() : value), schema)
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  trimmed(
    z.preprocess(
      (value) => (value === '' ? null : value),
      schema.nullish().transform((value) => value ?? null),
    ),
  )

/** What a developer says about an application. Without a callback URI, it has no web server. */
export const applicationInput = z.object({
  name: trimmed(
    z
      .string({ error: "can't be blank" })
      .min(1, "can't be blank")
      .max(maxNameLength, `must have at most ${maxNameLength} characters`)
      .overwrite((value) => value.toWellFormed()),
  ),
  callbackUri: optional(callbackUri).transform((value) => value ?? outOfBand),
  setupUri: optional(setupUri),
  configurationUri: optional(configurationUri),
})

export type ApplicationInput = z.output<typeof applicationInput>
