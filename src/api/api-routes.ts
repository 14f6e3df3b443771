import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Services } from '../services.ts'

/** A Fastify plugin with the routes of one API resource. Its options hold the named services. */
export type ApiRoutes<Names extends keyof Services = keyof Services> = FastifyPluginAsyncZod<{
  services: Pick<Services, Names>
}>
