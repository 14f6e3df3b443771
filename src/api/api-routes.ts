import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Services } from '../services.ts'

/** The routes of one resource of the API, which get the services of these names. */
export type ApiRoutes<Names extends keyof Services = keyof Services> = FastifyPluginAsyncZod<{
  services: Pick<Services, Names>
}>
