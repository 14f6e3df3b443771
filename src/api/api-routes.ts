import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Services } from '../services.ts'

/** The routes of one resource of this face. */
export type ApiRoutes = FastifyPluginAsyncZod<{ services: Services }>
