import type { FastifyError, FastifyInstance } from 'fastify'
import { showPage } from '../../server/pages/page.ts'
import type { Page } from '../../server/views.ts'
import type { Services } from '../../services.ts'
import { actionsPath } from './action-request.ts'
import { actions } from './actions/actions.ts'
import { type FlowdockConfig, readFlowdockConfig } from './config.ts'
import { FlowdockError } from './flowdock-error.ts'
import { callback } from './pairing/callback.ts'
import { configure, removal } from './pairing/configure.ts'
import { link } from './pairing/link.ts'
import { oauth } from './pairing/oauth.ts'
import { setup, signIn } from './pairing/setup.ts'
import { setupConfirmation } from './pairing/setup-confirmation.ts'
import { FlowdockUserApi } from './user-api.ts'

export type ChatTroublePageModel = Page & { message: string; retry: string | undefined }

declare module '../../server/views.ts' {
  interface Views {
    'flowdock/chat-trouble': ChatTroublePageModel
  }
}

/** All routes of Flowdock: signing in, pairing, configuring and removing a flow, and the actions of threads. */
export async function flowdock(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  const flowdock = readFlowdockConfig(services.config, services.secrets)
  troublePages(app, services)
  if (!flowdock) return without(app)
  const face = { services, calls: callsOf(app, flowdock) }
  await app.register(oauth, { services, flowdock })
  await app.register(signIn, face)
  await app.register(setup, face)
  await app.register(setupConfirmation, face)
  await app.register(configure, face)
  await app.register(removal, face)
  await app.register(callback, face)
  await app.register(link, face)
  await app.register(actions, { services, flowdock, prefix: actionsPath })
}

function callsOf(app: FastifyInstance, { apiUrl }: FlowdockConfig): FlowdockUserApi {
  const calls = new FlowdockUserApi(apiUrl)
  app.addHook('onClose', () => calls.close())
  return calls
}

/** Answers at the same addresses when no Flowdock is configured. */
function without(app: FastifyInstance): void {
  const message = 'No Flowdock is configured. The operator can set FLOWDOCK_API_URL, or SANDBOX=on.'
  for (const path of ['/flowdock/*', '/auth/flowdock', '/auth/flowdock/*']) {
    app.get(path, async () => {
      throw new FlowdockError(404, 'No Flowdock here', message)
    })
  }
}

/** A `FlowdockError` becomes a page. The handler of the other pages gets every other error. */
function troublePages(app: FastifyInstance, { clock }: Pick<Services, 'clock'>): void {
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    if (!(error instanceof FlowdockError)) throw error
    const { title, message, retry, statusCode } = error
    if (statusCode >= 500) request.log.warn({ err: error, trouble: title }, 'A request to Flowdock failed')
    if (statusCode === 503) reply.header('retry-after', 5)
    reply.header('cache-control', 'no-store')
    return showPage(request, reply.code(statusCode), 'flowdock/chat-trouble', { title, now: clock(), message, retry })
  })
}
