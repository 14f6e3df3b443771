import type { FastifyInstance, FastifyReply } from 'fastify'
import type { World } from './world.ts'

const colors = ['#7c3aed', '#0f766e', '#b45309', '#be185d', '#1d4ed8', '#4d7c0f']

/** Avatars of users and icons of applications: initials on a coloured background. Mails have an at sign. */
export async function images(app: FastifyInstance, { world }: { world: World }): Promise<void> {
  // An uploaded picture is never anything else than a picture.
  app.addHook('onRequest', async (_request, reply) => void reply.header('x-content-type-options', 'nosniff'))
  app.get<{ Params: { id: string } }>('/avatars/:id', async (request, reply) => {
    const user = world.user(Number(request.params.id))
    if (!user) return reply.callNotFound()
    return sendImage(reply.header('cache-control', 'public, max-age=3600'), user.id, initials(user.name), 50)
  })
  app.get('/icons/mail', async (_request, reply) => sendImage(reply, 1, '@', 20))
  app.get<{ Params: { id: string } }>('/icons/:id', async (request, reply) => {
    const application = world.applications.everKnown(Number(request.params.id))
    if (!application) return reply.callNotFound()
    reply.header('cache-control', 'no-cache')
    const { id, icon, name } = application
    return icon ? reply.type(icon.type).send(icon.bytes) : sendImage(reply, id + 3, initials(name), 20)
  })
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word))
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join('')
}

/** @param roundness of the corners, in hundredths of the size; 50 makes a circle */
function sendImage(reply: FastifyReply, id: number, text: string, roundness: number): FastifyReply {
  const style = 'font:600 40px system-ui,sans-serif'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="120" height="120">
<rect width="100" height="100" rx="${roundness}" fill="${colors[id % colors.length]}"/>
<text x="50" y="52" fill="#fff" style="${style}" text-anchor="middle" dominant-baseline="central">${text}</text>
</svg>`
  return reply.type('image/svg+xml').send(svg)
}
