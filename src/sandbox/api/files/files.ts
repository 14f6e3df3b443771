import type { FastifyInstance } from 'fastify'
import { sendFile } from '../../served-file.ts'
import type { ApiParts } from '../api-parts.ts'
import { notFound } from '../failure.ts'
import { Downloads } from './downloads.ts'

type FilePath = { Params: { organization: string; id: string; '*': string } }
type DownloadPath = { Params: { ticket: string } }

/**
 * Download files. The documented address needs credentials, and redirects to one that needs none and soon expires.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/files.md
 */
export async function files(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  const downloads = new Downloads(world.clock)

  app.get<FilePath>('/files/:organization/:id/*', async (request, reply) => {
    const identity = access.demand(request, reply, 'flow')
    const { file } = world.files.get(request.params.id) ?? {}
    const name = request.params['*'].replace(/^thumb\//, '')
    if (!file || request.params.organization !== '1' || name !== file.name) throw notFound('file')
    access.flowByReference(file.flowId, identity)
    return reply.redirect(world.url(`downloads/${downloads.issue(file.id)}/${encodeURIComponent(file.name)}`), 302)
  })

  app.get<DownloadPath>('/downloads/:ticket/*', async (request, reply) => {
    const found = world.files.get(downloads.check(request.params.ticket) ?? '')
    if (!found) throw notFound('download. Ask for the file again: its address is valid for a minute')
    return sendFile(reply, found.file, found.data)
  })
}
