import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { actionsPath } from './flowdock/action-request.ts'
import { flowdock } from './flowdock/flowdock.ts'
import { matrix } from './matrix/matrix.ts'
import { applicationServicePath } from './matrix/receiving/transactions.ts'

type ChatRoutes = (app: FastifyInstance, options: { services: Services }) => Promise<void>

/** The routes of the chats that Polldock knows: connecting, signing in, and what the chat sends. */
export const chatRoutes: readonly ChatRoutes[] = [flowdock, matrix]

/** Requests below these paths come from programs, and get errors as JSON. */
export const chatApiPaths: readonly string[] = [actionsPath, applicationServicePath]
