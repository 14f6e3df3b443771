import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import view from '@fastify/view'
import { Eta } from 'eta'
import type { FastifyInstance } from 'fastify'
import { RecentOutcomes } from '../actions/outcome.ts'
import { applicationPages } from '../applications/pages.ts'
import { matrixRooms } from '../matrix/web/matrix-rooms.ts'
import { newRooms } from '../matrix/web/new-rooms.ts'
import { authorize } from '../oauth/authorize.ts'
import type { World } from '../world.ts'
import { assets } from './assets.ts'
import { faultForm } from './fault-form.ts'
import { download } from './files/download.ts'
import { chat, flow } from './flow.ts'
import { mailPage } from './mail/mail-page.ts'
import { type Box, errorPages, pages, type SandboxWebOptions } from './page.ts'
import { invitationPage } from './people/invitation-page.ts'
import { flowPeople } from './people/people-page.ts'
import { privateChat } from './private/private-page.ts'
import { cookieOptions, people } from './session.ts'
import { settings } from './settings.ts'
import { openPages } from './stream.ts'
import { threadActions } from './thread-actions.ts'

const root = fileURLToPath(new URL('views', import.meta.url))

/** The sandbox's pages: the chat and inbox of a flow, and the OAuth consent page. They work without JavaScript. */
export async function web(app: FastifyInstance, box: Box): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: directives(box.world) },
    strictTransportSecurity: false,
  })
  await app.register(cookie, { secret: randomBytes(32).toString('base64url') })
  await app.register(csrf, { cookieKey: 'flowdock_sandbox_csrf', cookieOpts: cookieOptions(box.world) })
  app.removeContentTypeParser(['application/json', 'text/plain'])
  await app.register(formbody)
  await app.register(view, {
    engine: { eta: new Eta({ views: root, cache: true }) },
    root,
    viewExt: 'eta',
    production: true,
  })

  const options: SandboxWebOptions = {
    ...{ ...box, showPage: pages(box), outcomes: new RecentOutcomes() },
    openPages: openPages(app),
  }
  errorPages(app, options.showPage)
  await app.register(assets)
  await app.register(flow, options)
  await app.register(chat, options)
  await app.register(mailPage, options)
  await app.register(threadActions, options)
  await app.register(settings, options)
  await app.register(people, options)
  await app.register(privateChat, options)
  await app.register(flowPeople, options)
  await app.register(invitationPage, options)
  await app.register(download, options)
  await app.register(faultForm, options)
  await app.register(authorize, options)
  await app.register(applicationPages, options)
  const { matrix } = box
  if (!matrix) return
  await app.register(matrixRooms, { ...options, matrix })
  await app.register(newRooms, { ...options, matrix })
}

/** Pages hold no inline scripts or styles. Only the icons of applications are loaded from other hosts. */
function directives({ applications }: World) {
  const icons = applications.list().flatMap(({ iconUrl }) => (iconUrl ? [new URL(iconUrl).origin] : []))
  return {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:', ...new Set(icons)],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  }
}
