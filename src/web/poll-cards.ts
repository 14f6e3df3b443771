import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { PollView } from '../polls/queries/poll-queries.ts'
import type { Given } from '../server/views.ts'
import { isClickable, type PollFragments } from './poll/poll-fragments.ts'

/** In characters of HTML. */
const maxListsLength = 10_000_000

/** Stands for the CSRF token. It is not ASCII, so no rendered HTML contains it, and still has one byte in V8. */
const tokenPlace = '\u00a4'

/** `back` is the path of the list. A card without buttons needs no form. */
export type PollCardsPart = {
  cards: readonly { id: string; isForm: boolean; cardHtml: string }[]
  back: string
  /** Whether the viewer has a name. Others are asked for it, on the next page. */
  isNamed: boolean
  /** Stands for the CSRF token. */
  tokenHtml: string
}

type CardsViewer = { isSignedIn: boolean; isNamed: boolean }

declare module '../server/views.ts' {
  interface Views {
    'parts/poll/cards': PollCardsPart
  }
}

/** The polls of lists, rendered once for all viewers who see the same: those who have not voted in any of them. */
export class PollCards {
  readonly #app: FastifyInstance
  readonly #fragments: PollFragments
  readonly #lists = new LRUCache<string, readonly string[]>({
    maxSize: maxListsLength,
    sizeCalculation: (parts) => parts.reduce((length, part) => length + part.length, 1),
  })

  constructor(app: FastifyInstance, fragments: PollFragments) {
    this.#app = app
    this.#fragments = fragments
  }

  /** The HTML of these polls, in parts: the viewer's CSRF token belongs between them. */
  async html(views: readonly PollView[], viewer: CardsViewer, back: string): Promise<readonly string[]> {
    const keys = views.map((view) => this.#fragments.cardKey(view, viewer.isSignedIn))
    const key = [viewer.isNamed, back, ...keys].join('\n')
    const known = this.#lists.get(key)
    if (known) return known
    const parts = (await this.#render(views, viewer, back)).split(tokenPlace)
    this.#lists.set(key, parts)
    return parts
  }

  async #render(views: readonly PollView[], { isSignedIn, isNamed }: CardsViewer, back: string): Promise<string> {
    const cards = await Promise.all(
      views.map(async (view) => ({
        id: view.poll.id,
        isForm: isClickable(view, isSignedIn),
        cardHtml: await this.#fragments.card(view, isSignedIn),
      })),
    )
    return this.#app.view('parts/poll/cards', {
      cards,
      back,
      isNamed,
      tokenHtml: tokenPlace,
    } satisfies Given<'parts/poll/cards'>)
  }
}
