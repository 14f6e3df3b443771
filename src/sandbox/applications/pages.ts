import type { FastifyInstance } from 'fastify'
import { acceptUploads } from '../api/files/upload.ts'
import { changing } from '../web/forms.ts'
import type { SandboxPage, SandboxWebOptions } from '../web/page.ts'
import { applicationForm } from './form.ts'
import { cardModel } from './model.ts'
import { type ApplicationParams, applicationPath, applicationsPath, changeableOf } from './paths.ts'
import { sourceTool } from './source-tool.ts'

export type ApplicationsPageModel = SandboxPage & { applications: ReturnType<typeof cardModel>[] }

declare module '../web/page.ts' {
  interface Views {
    applications: ApplicationsPageModel
  }
}

/** More than an icon may have, so a larger icon is an error of the form, which keeps what was typed. */
const maxUploadBytes = 4 * 1024 * 1024

/** The pages on which developers create applications and try them. */
export async function applicationPages(app: FastifyInstance, options: SandboxWebOptions): Promise<void> {
  const { world, grants, showPage } = options
  await acceptUploads(app, maxUploadBytes)
  await app.register(applicationForm, options)
  await app.register(sourceTool, options)

  app.get(applicationsPath, async (request, reply) => {
    const applications = world.applications.list().map((application) => cardModel(world, application))
    return showPage(request, reply, 'applications', { title: 'Applications', applications })
  })

  // Flowdock's guides use both addresses.
  app.get('/account/authorized_applications', async (_request, reply) => reply.redirect(applicationsPath))

  app.post<ApplicationParams>(`${applicationsPath}/:application/secret`, changing(app), async (request, reply) => {
    const application = changeableOf(world, request)
    world.applications.resetSecret(application)
    return reply.redirect(applicationPath(application), 303)
  })

  app.post<ApplicationParams>(`${applicationsPath}/:application/delete`, changing(app), async (request, reply) => {
    const application = changeableOf(world, request)
    world.removeApplication(application)
    grants.revokeAll(application)
    return reply.redirect(applicationsPath, 303)
  })
}
