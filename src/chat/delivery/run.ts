import type { PollEvent } from '../../polls/model/events.ts'
import type { Ends } from '../../queue/keyed-queue.ts'
import type { Chat, ChatProfile, Outcome } from '../chat.ts'
import { beginning } from '../connections/mirrors.ts'
import type { Place } from './cursor.ts'
import type { Means, News } from './deliverer.ts'
import { lastRevision, messageAgain, messageUuid, type Told } from './messages.ts'
import { isFarewell, mostEvents, type Plan, planOf } from './plan.ts'

/** How to reach the chat of a connection. */
export type Line = { chat: Chat; credentials: string }

type Profiles = ReadonlyMap<string, ChatProfile>

/** One turn of telling a thread what happened. */
export class Turn {
  readonly #means: Means
  readonly #news: News
  readonly #place: Place
  readonly #line: Line
  readonly #ends: Ends
  #hasPosted = false
  /** The poll's revision that the thread shows since this turn. */
  #shown: number | undefined

  constructor(means: Means, news: News, place: Place, line: Line, ends: Ends) {
    this.#means = means
    this.#news = news
    this.#place = place
    this.#line = line
    this.#ends = ends
  }

  /** @returns after how many milliseconds there is more to be told, if so */
  async take(): Promise<number | undefined> {
    const plan = (await this.#tellRejected()) && (await this.#begin()) && (await this.#plan())
    if (plan && (await this.#tell(plan))) return plan.moreAfterMs
    // What had to end goes on in the next turn; what failed waits to be woken.
    return this.#ends.soon.aborted ? 0 : undefined
  }

  /**
   * Where a thread begins with the poll as it stands, it is told that the poll was created; what happened between that
   * and the connection it only shows. Resolves to whether to go on.
   */
  async #begin(): Promise<boolean> {
    const { revision, attempting } = this.#place
    if (attempting !== beginning) return true
    const [created] = await this.#eventsBetween(0, 1)
    if (!created || this.#ends.soon.aborted) return false
    return Boolean(await this.#post([created], await this.#profilesOf([created]))) && this.#moveTo(revision + 1, null)
  }

  async #plan(): Promise<Plan> {
    const { revision, endsAt, poll, connectionId } = this.#place
    const events = await this.#eventsBetween(revision, Math.min(poll.revision, endsAt ?? poll.revision))
    return planOf(this.#place, events, () => this.#means.pace.take(`${poll.id} ${connectionId}`))
  }

  /** Resolves to whether all was told. */
  async #tell({ messages, through }: Plan): Promise<boolean> {
    const profiles = await this.#profilesOf(messages.flat())
    for (const [index, told] of messages.entries()) {
      if (this.#ends.soon.aborted || !(await this.#moveTo(this.#place.revision, lastRevision(told)))) return false
      if (!(await this.#post(told, profiles))) return false
      const next = messages[index + 1]
      if (next && !(await this.#moveTo(lastRevision(told), lastRevision(next)))) return false
    }
    return this.#moveTo(through, null)
  }

  /**
   * What is about to be posted is written down before: if the answer is lost, even by our own end, the very same is
   * posted again. Resolves to false when somebody else has moved the place.
   */
  async #moveTo(revision: number, attempting: number | null): Promise<boolean> {
    const place = this.#place
    if (place.revision === revision && place.attempting === attempting) return true
    const isOurs = await this.#means.places.move(place, place.revision, { revision, attempting, shown: this.#shown })
    if (isOurs) Object.assign(place, { revision, attempting })
    return isOurs
  }

  /** Posts once more what was rejected, where somebody asked for it. Resolves to whether to go on. */
  async #tellRejected(): Promise<boolean> {
    const { places } = this.#means
    const rejections = this.#place.hasResends ? await places.resends(this.#place) : []
    for (const { previous, revision } of rejections) {
      const told = messageAgain(await this.#eventsBetween(previous, revision))
      if (this.#ends.soon.aborted) return false
      const taken = told && (await this.#post(told, await this.#profilesOf(told)))
      if (told && !taken) return false
      if (taken !== 'rejected') await places.forget(this.#place, revision)
    }
    return true
  }

  /** Undefined when the turn is over. */
  async #post(told: Told, profiles: Profiles): Promise<'sent' | 'rejected' | undefined> {
    const { connectionId, poll } = this.#place
    if (!(await this.#mayPost())) return undefined
    const revision = lastRevision(told)
    const uuid = messageUuid(connectionId, poll.id, revision)
    const movedAway = told.some((event) => isFarewell(this.#place, event))
    const entry = { uuid, poll, events: told, movedAway, profiles }
    const outcome = await this.#line.chat.deliver(this.#line.credentials, entry, this.#ends.now)
    this.#observe(outcome, told)
    if (outcome.kind === 'rejected') {
      const previous = told[0].revision - 1
      await this.#means.places.reject(this.#place, { previous, revision }, outcome.reason, this.#means.clock())
    }
    return this.#note(outcome)
  }

  #observe({ kind }: Outcome, told: Told): void {
    const { observe, clock } = this.#means
    // Who broke it off was ourselves.
    if (!observe || (kind === 'later' && this.#ends.now.aborted)) return
    observe({
      connectionId: this.#place.connectionId,
      outcome: kind,
      eventsAt: told.map(({ at }) => at),
      now: clock(),
    })
  }

  /** Whether it is on has just been read for the first message; somebody may pause it before the others. */
  async #mayPost(): Promise<boolean> {
    const { health } = this.#means
    const { connection } = this.#place
    if (this.#hasPosted) return health.isActive(connection)
    this.#hasPosted = true
    return health.mayPost(connection)
  }

  async #note(outcome: Outcome): Promise<'sent' | 'rejected' | undefined> {
    const { health } = this.#means
    const { connection } = this.#place
    switch (outcome.kind) {
      case 'sent':
      case 'rejected': {
        if (outcome.kind === 'sent') this.#shown = this.#place.poll.revision
        const isRecovered = await health.answered(connection, outcome.kind === 'sent')
        if (isRecovered || connection.errorShown) await this.#news.working(connection, isRecovered)
        return outcome.kind
      }
      case 'later': {
        // Who broke it off was ourselves: that says nothing of the connection.
        if (this.#ends.now.aborted) return undefined
        const afterMs = await health.failed(connection, outcome.reason, outcome.afterMs)
        if (afterMs !== undefined) await this.#news.failing(connection.id, afterMs)
        return undefined
      }
      case 'refused':
        await health.pause(connection, outcome.reason)
        return undefined
      case 'gone':
        await health.retire(connection, outcome.reason)
        return undefined
    }
  }

  async #eventsBetween(after: number, upTo: number): Promise<PollEvent[]> {
    if (after >= upTo) return []
    const limit = Math.min(upTo - after, mostEvents)
    return this.#means.polls.events(this.#place.pollId, { after, limit })
  }

  async #profilesOf(events: readonly PollEvent[]): Promise<Profiles> {
    if (events.length === 0) return new Map()
    const people = events.map(({ actor }) => actor.id)
    return this.#means.places.profiles(this.#place.connection.chat, people)
  }
}
