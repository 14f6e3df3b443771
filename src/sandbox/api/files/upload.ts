import multipart, { type MultipartFile, type MultipartValue } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../failure.ts'
import { formOf, type Pair, Upload } from '../form.ts'
import { bodyLimit } from './large-bodies.ts'
import { mediaType } from './sent-files.ts'

const maxFields = 300
const maxFiles = 10

/**
 * Makes this part of the API accept multipart forms. They become the same nested objects as other forms. Each file in them
 * becomes an `Upload`, in memory.
 * | @param maxBytes of all files of one request together
 */
export async function acceptUploads(app: FastifyInstance, maxBytes: number): Promise<void> {
  await app.register(multipart, {
    limits: { fields: maxFields, fieldSize: bodyLimit, files: maxFiles, fileSize: maxBytes, headerPairs: 100 },
  })
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = Object.assign({}, request.body, await readForm(request, maxBytes))
  })
}

async function readForm(request: FastifyRequest, maxBytes: number): Promise<Record<string, unknown>> {
  const pairs: Pair[] = []
  const left = { fields: bodyLimit, files: maxBytes }
  try {
    for await (const part of request.parts()) {
      const value = part.type === 'file' ? await uploaded(part) : textOf(part)
      const what = typeof value === 'string' ? 'fields' : 'files'
      left[what] -= typeof value === 'string' ? value.length : value.data.length
      if (left[what] < 0) throw new Failure(413, `The ${what} of this form are too large together.`)
      // A browser sends an empty part for a file that nobody chose.
      if (value !== '') pairs.push([part.fieldname, value])
    }
  } catch (error) {
    // The parser's own errors are about the limits, which have a status, or about a form that is cut or malformed.
    if (error instanceof Failure || (error as { statusCode?: number }).statusCode) throw error
    throw new Failure(400, `The form cannot be read: ${(error as Error).message}.`)
  }
  return formOf(pairs)
}

async function uploaded(part: MultipartFile): Promise<Upload | ''> {
  const data = await part.toBuffer()
  return part.filename ? new Upload(part.filename, mediaType(part.mimetype), data) : ''
}

function textOf({ fieldname, value, valueTruncated, fieldnameTruncated }: MultipartValue): string {
  if (valueTruncated || fieldnameTruncated) throw new Failure(413, 'A field of this form is too long.')
  if (typeof value === 'string') return value
  throw new Failure(400, `The field “${fieldname.slice(0, 100)}” must be sent as text.`)
}
