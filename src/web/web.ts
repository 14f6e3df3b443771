import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** The HTML face: pages and forms. */
export async function web(_app: FastifyInstance, _options: { services: Services }): Promise<void> {}
