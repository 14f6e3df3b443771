import type { FastifyReply } from 'fastify'
import { pictureTypes } from './state/files.ts'
import type { StoredFile } from './state/types.ts'

/**
 * Sends an uploaded file as a download. A browser never runs it, nor shows it as a page of the sandbox's origin: only pictures
 * without scripts keep their type.
 */
export function sendFile(reply: FastifyReply, { name, contentType }: StoredFile, data: Buffer): FastifyReply {
  return reply
    .type(pictureTypes.has(contentType) ? contentType : 'application/octet-stream')
    .header('content-disposition', `attachment; filename*=UTF-8''${encoded(name)}`)
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cache-control', 'private, max-age=3600')
    .send(data)
}

/** RFC 8187: a few characters more than in a URL. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
