import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import view from '@fastify/view'
import { Eta } from 'eta'
import fastifyPlugin from 'fastify-plugin'
import type { ChatDescription } from '../chat/chat.ts'
import type { PersonName } from '../people/model/person-name.ts'
import type { Services } from '../services.ts'
import { type asset, assetsDigest } from './assets.ts'
import { signInNames } from './sign-in-requirements.ts'

/**
 * The models of the templates that code renders, by the template's name. Each file that builds a model adds it here
 * (`declare module`). `npm run check:views` checks that it is the model that the template names.
 */
export interface Views {
  'errors/busy': BusyPageModel
}

/** What every template gets. */
export type ViewContext = {
  /** The configured chats. */
  chats: readonly ChatDescription[]
  /** The names of the chats with which people can sign in: "Example Chat or Other Chat"; empty if there are none. */
  signInWith: string
}

/** What every page gets. `showPage` gives it. */
export type Page = ViewContext & { page: PageFrame }

export type PageFrame = {
  requestId: string
  title: string
  windowTitle: string
  asset: typeof asset
  csrf: string
  once: string
  flash: string | undefined
  person: PersonName | undefined
  isSignedIn: boolean
  /** The path to which a sign-in returns. */
  back: string
}

/** What chats and search engines show of a page's link. The same for every reader. All URLs are absolute. */
export type LinkPreview = {
  title: string
  description: string
  url: string
  image: { url: string; alt: string }
  /** Whether search engines may list the page. */
  isListed: boolean
}

/** The beginning of every page. @param scripts more than every page loads */
export type StartPart = ViewContext & {
  page: Pick<PageFrame, 'asset' | 'csrf' | 'isSignedIn' | 'flash' | 'person' | 'windowTitle'> & { back?: string }
  scripts?: readonly string[]
  preview?: LinkPreview
}

/** Links to sign in with each chat and return to `back`. @param why the end of their text */
export type SignInPart = Pick<ViewContext, 'chats'> & { back: string; look: string; why: string; inNewTab?: boolean }

export type RequestIdPart = { page: Pick<PageFrame, 'requestId'> }

/** Made without the frame of other pages: it costs next to nothing. */
export type BusyPageModel = RequestIdPart & { message: string; asset: typeof asset }

/** What code gives a template: all of its model but what every template gets. */
export type Given<Name extends keyof Views> = Omit<Views[Name], keyof ViewContext>

const root = fileURLToPath(new URL('../..', import.meta.url))
const viewsDir = join(root, 'views')

/** Changes with every asset and template, so cached pages of an older version become stale. */
export const buildId = createHash('sha256')
  .update([assetsDigest, ...templates()].join('\n'))
  .digest('base64url')
  .slice(0, 16)

const eta = new Eta({ views: viewsDir, cache: true })
const { escapeFunction } = eta.config

/**
 * Templates are converted to ASCII with character references: V8 stores and sends such a string with one byte per
 * character. One ellipsis in a template made a page several times as expensive.
 */
eta.configure({
  escapeFunction: (value) =>
    escapeFunction(value).replace(/[\u{80}-\u{10FFFF}]/gu, (character) => `&#${character.codePointAt(0)};`),
})

/** Templates: Eta, escaping all they print. All of them know the chats. */
export const views = fastifyPlugin(async (app, { services }: { services: Pick<Services, 'chats'> }) => {
  await app.register(view, {
    engine: { eta },
    root: viewsDir,
    viewExt: 'eta',
    production: true,
    defaultContext: viewContext(services),
  })
})

function viewContext({ chats }: Pick<Services, 'chats'>): ViewContext {
  return { chats: [...chats.values()].map(({ description }) => description), signInWith: signInNames(chats) }
}

function templates(): string[] {
  const files = readdirSync(viewsDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.eta'))
  return files.sort().map((file) => readFileSync(join(viewsDir, file), 'utf8'))
}
