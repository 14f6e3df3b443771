import type { FastifyError, FastifyInstance } from 'fastify'
import { z } from 'zod'
import { faultInput } from './fault.ts'
import { type Faults, maxFaults } from './faults.ts'

const body = z.strictObject({ faults: z.array(faultInput).max(maxFaults) })

/** The faults for programs: `PUT`, `GET` and `DELETE /sandbox/faults`. */
export async function faultRoutes(app: FastifyInstance, { faults }: { faults: Faults }): Promise<void> {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ err: error }, 'The faults could not be changed')
    return reply.code(status).send({ message: status < 500 ? error.message : 'The sandbox failed.' })
  })

  // CORS allows pages of all sites to use the API, but not this route.
  app.addHook('onRequest', async ({ headers: { origin }, host }, reply) => {
    if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return
    return reply.code(403).send({ message: 'Pages of other sites cannot set faults.' })
  })

  app.get('/sandbox/faults', async () => ({ faults: faults.list() }))
  app.put('/sandbox/faults', async (request, reply) => {
    const { data, error } = body.safeParse(request.body)
    if (error) return reply.code(400).send({ message: z.prettifyError(error) })
    faults.set(...data.faults)
    return { faults: faults.list() }
  })
  app.delete('/sandbox/faults', async (_request, reply) => {
    faults.clear()
    return reply.code(204).send()
  })
}
