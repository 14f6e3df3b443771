import { z } from 'zod'
import type { Files, SentFile } from '../../state/files.ts'
import { blank, Failure, invalid, validationError } from '../failure.ts'
import { Upload } from '../form.ts'
import { filled, parse, problem, text } from '../inputs.ts'

const maxAttachments = 10

/** Base64, which may be broken into lines, as in the documentation's example. */
const base64 = z
  .string({ error: problem })
  .refine((value) => value.trim() !== '', { error: blank, abort: true })
  .refine((value) => /^[\w+/\s-]+={0,2}\s*$/.test(value), { error: 'is not base64', abort: true })
  .transform((value) => Buffer.from(value, 'base64'))
  .refine(({ length }) => length > 0, 'is not base64')

const fileInJson = z.object(
  { data: base64, content_type: text(200).nullish(), file_name: filled(1_000) },
  { error: problem },
)
const anyContent = z.object({ content: z.unknown().optional() })
const contentInJson = z.object({ content: fileInJson })

/**
 * The `content` of a file upload: a part of a multipart form, or in JSON an object with base64.
 * | @throws {Failure} 400 if it is no file, 413 if it is too large
 */
export function sentFile({ maxSize }: Files, body: unknown): SentFile {
  const { content } = parse(anyContent, body)
  const file = content instanceof Upload ? content : decoded(parse(contentInJson, body).content)
  if (file.data.length > maxSize) throw new Failure(413, `A file holds at most ${maxSize} bytes.`)
  return file
}

function decoded({ data, content_type: type, file_name: name }: z.output<typeof fileInJson>): SentFile {
  return { name, contentType: mediaType(type ?? ''), data }
}

/** A media type without parameters. Anything else is bytes. */
export function mediaType(type: string): string {
  const [essence = ''] = type.toLowerCase().split(';')
  return /^[\w.+-]+\/[\w.+-]+$/.test(essence.trim()) ? essence.trim() : 'application/octet-stream'
}

/**
 * The `attachments` of an activity or a discussion. Flowdock documents them only as parts of a multipart form:
 * `attachments[file1]`, where `file1` is the id that the body of the message can name, or `attachments[]`.
 * | @throws {Failure} 400 if something else is there
 */
export function sentAttachments(body: unknown): (SentFile & { contentId: string | null })[] {
  const { attachments } = parse(z.object({ attachments: z.unknown().optional() }), body)
  if (attachments === undefined || attachments === null) return []
  const given = attachments instanceof Upload ? [attachments] : attachments
  if (typeof given !== 'object') throw validationError({ attachments: [invalid] })
  const named = Object.entries(given)
  if (named.length > maxAttachments)
    throw validationError({ attachments: [`are too many (maximum is ${maxAttachments})`] })
  return named.map(([id, file]) => {
    if (!(file instanceof Upload)) throw validationError({ attachments: ['must be files of a multipart form'] })
    const { name, contentType, data } = file
    return { name, contentType, data, contentId: Array.isArray(given) ? null : id }
  })
}
