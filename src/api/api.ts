import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** The JSON face. */
export async function api(_app: FastifyInstance, _options: { services: Services }): Promise<void> {}
