import type { FastifyInstance } from 'fastify'
import { sendFile } from '../../served-file.ts'
import { Refused } from '../forms.ts'
import type { SandboxWebOptions } from '../page.ts'
import { signedIn } from '../session.ts'

type FilePath = { Params: { id: string; '*': string } }

/** Downloads a file of a flow, for its members. */
export async function download(app: FastifyInstance, { world }: SandboxWebOptions): Promise<void> {
  app.get<FilePath>('/app/files/:id/*', async (request, reply) => {
    const found = world.files.get(request.params.id)
    const flow = found && world.flow(found.file.flowId)
    if (!found || !flow) throw new Refused(404, 'This file does not exist. The sandbox deletes the oldest files first.')
    if (!flow.has(signedIn(request, world))) throw new Refused(403, 'This file is in a flow without you.')
    return sendFile(reply, found.file, found.data)
  })
}
