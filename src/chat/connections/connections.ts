import type DataLoader from 'dataloader'
import type { Prisma, PrismaClient } from '../../database/generated/client.ts'
import { loadTogether } from '../../database/load-together.ts'
import { Refusal } from '../../errors.ts'
import { isId, newId } from '../../people/model/ids.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { type FormKey, keepAnswer, storedAnswer } from '../../polls/ballot-box/idempotency.ts'
import { isPollId } from '../../polls/model/ids.ts'
import type { ChatSettings, ConnectedRoom } from '../chat.ts'
import type { EventKind } from '../wording.ts'
import { rejectedMessages, waitingEvents } from './backlog.ts'
import { endUnwanted, lockFollowing, mirrorOpenPolls, returnToWanted, startAgain } from './mirrors.ts'
import { type ConnectionSettings, isAlike, mergeSettings } from './settings.ts'

/**
 * What becomes of the polls that are open now: each is posted once as it stands, or only its next events, or nothing
 * (`new-polls`).
 */
export const connectionStarts = ['new-polls', 'now', 'open-polls'] as const
export type ConnectionStart = (typeof connectionStarts)[number]

/** The room as its chat describes it, but with encrypted credentials. */
export type NewConnection = ConnectionSettings &
  ConnectedRoom & {
    chat: string
    /**
     * For reading its threads; left out if they are not read. The credentials are encrypted. Reading starts after
     * `position`, which was the room's last message before the connection was made.
     */
    reading?: { credentials: string; position: string }
    createdBy: PersonName
    start: ConnectionStart
    /** An idempotency key: the form that is sent twice makes one connection. */
    formKey?: FormKey
  }

/** A person's access to connections: those that they made, and those whose end in the chat they can see. */
export type ConnectionAccess = { personId: string; accounts: readonly { chat: string; sees: readonly string[] }[] }

export type Connection = Awaited<ReturnType<Connections['find']>>
/** A connection with its backlog and its rejected messages. */
export type ConnectionListing = Awaited<ReturnType<Connections['list']>>[number]

/** Called after a person changed a connection, and before one is ended. */
export type ConnectionWatch = { changed(id: string): Promise<void>; ending?(id: string): Promise<void> }

/** A thread, by the chat's ids of its room and of it. */
type ThreadOfRoom = { chat: string; externalId: string; threadId: string }
/** The poll of a thread, the connection that the thread belongs to, and what its chat remembers of it. */
type ThreadMirror = { pollId: string; connection: { id: string; roomName: string }; threadData: unknown }

const maxListed = 200
const maxThreads = 20
/** How many connections to one chat people may make by a form, all together. */
export const maxByForm = 200

/** Connections to rooms of chats, as people manage them. `ConnectionHealth` stores the results of delivery. */
export class Connections {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #watches: readonly ConnectionWatch[]
  readonly #threads: DataLoader<ThreadOfRoom, ThreadMirror | null>

  constructor(prisma: PrismaClient, clock: () => Date, watches: readonly ConnectionWatch[] = []) {
    this.#prisma = prisma
    this.#clock = clock
    this.#watches = watches
    this.#threads = loadTogether((asked) => this.#readThreads(asked))
  }

  /** @returns the connection's id */
  async create({ formKey, ...connection }: NewConnection): Promise<string> {
    const { start, createdBy } = connection
    const id = newId()
    await this.#prisma.$transaction(async (tx) => {
      await this.#insert(tx, id, connection)
      if (formKey) await keepAnswer(tx, { owner: createdBy.id, ...formKey }, start, this.#clock())
    })
    await this.#tell(id)
    return id
  }

  /**
   * Makes a connection for a form that may be sent twice, also at the same time.
   *
   * @returns the id of the one connection that the form made
   * @throws {Refusal} `forbidden` when the room is connected already, or the chat has the maximum of connections
   */
  async createOnce({ formKey, ...connection }: NewConnection & { formKey: FormKey }): Promise<string> {
    const owner = connection.createdBy.id
    const id = newId()
    const isNew = await this.#prisma.$transaction(async (tx) => {
      if (!(await keepAnswer(tx, { owner, ...formKey }, id, this.#clock()))) return false
      await this.#insert(tx, id, connection)
      await expectAlone(tx, connection)
      await expectNotTooMany(tx, connection.chat)
      return true
    })
    if (!isNew) return (await this.madeBy(owner, formKey)) ?? id
    await this.#tell(id)
    return id
  }

  async #insert(
    tx: Prisma.TransactionClient,
    id: string,
    { start, createdBy, reading, ...connection }: Omit<NewConnection, 'formKey'>,
  ): Promise<void> {
    await lockFollowing(tx, 'alone')
    const made = { ...connection, id, createdById: createdBy.id, createdAt: this.#clock() }
    const read = { readCredentials: reading?.credentials ?? null, readPosition: reading?.position ?? null }
    await tx.connection.create({ data: { ...made, ...read, status: 'active', attempts: 0, errorShown: false } })
    if (start !== 'new-polls') await mirrorOpenPolls(tx, { id, categories: connection.categories }, start)
  }

  /** The id of the connection that `createOnce` made for this form. */
  async madeBy(personId: string, formKey: FormKey): Promise<string | undefined> {
    const id = await storedAnswer({ prisma: this.#prisma }, { owner: personId, ...formKey })
    return id as string | undefined
  }

  /** The start option of the connection that this form made; undefined when it made none. */
  async startOf(personId: string, formKey: FormKey): Promise<NewConnection['start'] | undefined> {
    const start = await storedAnswer({ prisma: this.#prisma }, { owner: personId, ...formKey })
    return start as NewConnection['start'] | undefined
  }

  /** The connections that a person may manage, newest first, without disconnected ones. */
  async list(manager: ConnectionAccess) {
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }]
    const where = managedBy(manager)
    const found = await this.#prisma.connection.findMany({ where, select: shown, orderBy, take: maxListed })
    const ids = found.map(({ id }) => id)
    const waiting = await waitingEvents(this.#prisma, ids)
    const rejected = Map.groupBy(await rejectedMessages(this.#prisma, ids), ({ connectionId }) => connectionId)
    return found.map(({ readCredentials, ...connection }) => ({
      ...connection,
      isRead: readCredentials !== null,
      createdBy: creatorOf(connection),
      waiting: waiting.get(connection.id) ?? 0,
      rejected: rejected.get(connection.id) ?? [],
    }))
  }

  /** @throws {Refusal} `not_found` when the person may not manage this connection */
  async find(id: string, manager: ConnectionAccess) {
    const where = { id, ...managedBy(manager) }
    const connection = isId(id) ? await this.#prisma.connection.findFirst({ where, select: shown }) : null
    if (!connection) throw new Refusal('not_found', 'This connection does not exist, or you may not manage it.')
    return connection
  }

  /** The connection with this id in the chat, without a check of access. */
  async atEnd(chat: string, externalId: string) {
    const where = { chat, externalId, status: { not: 'disconnected' as const } }
    return this.#prisma.connection.findFirst({ where, select: { id: true, externalId: true, address: true } })
  }

  /** The poll of a thread, by the chat's ids of its room and of it, in a connection that has not ended. */
  threadOf(chat: string, externalId: string, threadId: string): Promise<ThreadMirror | null> {
    return this.#threads.load({ chat, externalId, threadId })
  }

  async #readThreads(asked: readonly ThreadOfRoom[]): Promise<(ThreadMirror | null)[]> {
    const where = { threadId: { in: asked.map(({ threadId }) => threadId) }, connection: { status: usedStatus } }
    const connection = { select: { id: true, roomName: true, chat: true, externalId: true } }
    const select = { threadId: true, threadData: true, pollId: true, connection } as const
    const found = await this.#prisma.mirror.findMany({ where, select })
    const byThread = new Map(
      found.map(({ threadId, ...mirror }) => [keyOf({ ...mirror.connection, threadId }), mirror]),
    )
    return asked.map((thread) => byThread.get(keyOf(thread)) ?? null)
  }

  /** Whether the first message of a thread is on its way to a room: it may be there, and its id is not stored. */
  async isStartingThread(chat: string, externalId: string): Promise<boolean> {
    const where = { threadId: null, inFlightRevision: { not: null }, connection: inUse(chat, externalId) }
    return (await this.#prisma.mirror.count({ where, take: 1 })) > 0
  }

  /** Whether this connection is to the room, by its id in the chat, also if it has ended. */
  async isTo(id: string, chat: string, externalId: string): Promise<boolean> {
    return (await this.#prisma.connection.count({ where: { id, chat, externalId } })) > 0
  }

  /** The threads of a room that were last active, with what its chat remembers of them. */
  async threadsIn(chat: string, externalId: string) {
    const connection = inUse(chat, externalId)
    const select = { pollId: true, connectionId: true, threadData: true } as const
    const orderBy = { poll: { lastActivityAt: 'desc' } } as const
    return this.#prisma.mirror.findMany({ where: { connection }, select, orderBy, take: maxThreads })
  }

  /** The connections of a room that have not ended, by its id in the chat, the oldest first. */
  async inRoom(chat: string, externalId: string) {
    const state = { status: true, statusReason: true } as const
    const select = { id: true, roomName: true, categories: true, chatSettings: true, ...state } as const
    return this.#prisma.connection.findMany({ where: inUse(chat, externalId), select, orderBy: { createdAt: 'asc' } })
  }

  /** The chat removed its end: ends the connections for good and forgets their credentials. */
  async retireRoom(chat: string, externalId: string, reason: string): Promise<void> {
    const data = { ...this.#because(reason), status: 'retired' as const, credentials: null, readCredentials: null }
    await this.#prisma.connection.updateMany({ where: inUse(chat, externalId), data })
  }

  /** Posting is not possible any more. Undelivered events stay. */
  async pauseRoom(chat: string, externalId: string, reason: string): Promise<void> {
    const where = { chat, externalId, status: 'active' as const }
    await this.#prisma.connection.updateMany({ where, data: { ...this.#because(reason), status: 'paused' } })
  }

  /** Posting is possible again: resumes connections that were paused for a reason that begins like this. */
  async resumeRoom(chat: string, externalId: string, reason: string): Promise<void> {
    const where = { ...inUse(chat, externalId), statusReason: { startsWith: reason } }
    for (const { id } of await this.#prisma.connection.findMany({ where, select: { id: true } })) await this.resume(id)
  }

  /**
   * Another room of the chat takes the place of this one. Its open polls are posted there as they stand.
   *
   * @param to what identifies the new room, and the encrypted credentials for posting there
   * @returns false if the new room is connected already: then nothing moves
   */
  async moveRoom(
    chat: string,
    externalId: string,
    to: Pick<NewConnection, 'externalId' | 'roomUrl' | 'address' | 'credentials'>,
  ): Promise<boolean> {
    const moved = await this.inRoom(chat, externalId)
    const ids = moved.map(({ id }) => id)
    const isMoved = await this.#prisma.$transaction(async (tx) => {
      await lockFollowing(tx, 'alone')
      if ((await tx.connection.count({ where: inUse(chat, to.externalId) })) > 0) return false
      await tx.connection.updateMany({ where: { id: { in: ids } }, data: to })
      await startAgain(tx, ids)
      return true
    })
    if (!isMoved) return false
    for (const { id, statusReason } of moved) await (statusReason === null ? this.#tell(id) : this.resume(id))
    return true
  }

  #because(reason: string) {
    return { statusReason: reason, lastError: reason, lastErrorAt: this.#clock(), ...healthy }
  }

  /** The ids in the chat that belong to a connection. */
  async amongEnds(chat: string, externalIds: readonly string[]): Promise<string[]> {
    const where = { chat, externalId: { in: [...externalIds] }, status: { not: 'disconnected' as const } }
    const rows = await this.#prisma.connection.findMany({ where, select: { externalId: true } })
    return rows.map(({ externalId }) => externalId)
  }

  /** The rooms of these chats that get new polls: all, or those of some categories. The oldest first. */
  async following(chats: readonly string[]) {
    const where = { chat: { in: [...chats] }, status: { in: ['active' as const, 'paused' as const] } }
    const select = { id: true, chat: true, roomName: true, categories: true } as const
    return this.#prisma.connection.findMany({ where, select, orderBy: { createdAt: 'asc' }, take: maxListed })
  }

  /** The rooms that mirror the poll or once did, the oldest connection first. */
  async mirroring(chat: string, pollId: string) {
    if (!isPollId(pollId)) return []
    const mirrors = { some: { pollId, leftOut: false } }
    const where = { chat, status: { in: ['active' as const, 'paused' as const] }, mirrors }
    const select = { roomName: true, roomUrl: true, address: true } as const
    return this.#prisma.connection.findMany({ where, select, orderBy: { createdAt: 'asc' }, take: maxListed })
  }

  /**
   * The names of connections to these rooms, by the value of `key` in their address. One that was paused by itself is left
   * out: it posts nothing, and people connect its room again.
   */
  async namesIn(chat: string, key: string, rooms: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.#prisma.$queryRaw<{ room: string; names: string }[]>`
      SELECT address->>${key} AS room, string_agg(name, ', ' ORDER BY created_at, id) AS names FROM connections
      WHERE chat = ${chat} AND (status = 'active' OR (status = 'paused' AND status_reason IS NULL))
        AND address->>${key} = ANY(${rooms}) GROUP BY 1`
    return new Map(rows.map(({ room, names }) => [room, names]))
  }

  /**
   * Changes the settings for future events. Polls that the connection wants now start with their next event; others end
   * with their last event.
   *
   * @param shown the values when the form was opened: only fields that differ from them are changed
   * @throws {Refusal} `revision_mismatch`, with the fields that another person changed since the form was opened
   */
  async change(id: string, typed: ConnectionSettings, shown?: ConnectionSettings): Promise<void> {
    await this.#prisma.$transaction(async (tx) => {
      await lockFollowing(tx, 'alone')
      const saved = await savedSettings(tx, id)
      const settings = shown ? withoutConflict(mergeSettings(saved, shown, typed)) : typed
      await tx.connection.update({ where: { id }, data: settings })
      await endUnwanted(tx, { id, ...settings })
      await returnToWanted(tx, { id, ...settings })
      // A connection that started with new polls only stays so while its categories stay.
      if (!isAlike(saved.categories, settings.categories)) await mirrorOpenPolls(tx, { id, ...settings }, 'now')
    })
    await this.#tell(id)
  }

  /** The encrypted credentials of a connection; null once it has ended. */
  async credentialsOf(id: string): Promise<string | null> {
    const found = await this.#prisma.connection.findUnique({ where: { id }, select: { credentials: true } })
    return found?.credentials ?? null
  }

  /** @returns false if the credentials have changed since they were read, or the connection has ended */
  async replaceCredentials(id: string, credentials: { from: string; to: string }): Promise<boolean> {
    const where = { id, credentials: credentials.from }
    const { count } = await this.#prisma.connection.updateMany({ where, data: { credentials: credentials.to } })
    return count === 1
  }

  /** Keeps the cursors: events of the meantime are delivered after it is resumed. */
  async pause(id: string): Promise<void> {
    await this.#prisma.connection.updateMany({
      where: { id, status: 'active' },
      data: { status: 'paused', statusReason: null, ...healthy },
    })
    await this.#tell(id)
  }

  async resume(id: string): Promise<void> {
    await this.#prisma.connection.updateMany({
      where: { id, status: 'paused' },
      data: { status: 'active', statusReason: null, ...healthy },
    })
    await this.#tell(id)
  }

  /** Ends the connection for good and forgets its credentials and cursors. */
  async disconnect(id: string): Promise<void> {
    await Promise.allSettled(this.#watches.map((watch) => watch.ending?.(id)))
    const data = { status: 'disconnected' as const, statusReason: null, credentials: null, readCredentials: null }
    await this.#prisma.$transaction([
      this.#prisma.connection.update({ where: { id }, data }),
      this.#prisma.mirror.deleteMany({ where: { connectionId: id } }),
    ])
  }

  /**
   * Ends dead connections to a room that has a new connection, if the person may manage them.
   *
   * @param room the part of `address` that identifies the room
   */
  async endDead(chat: string, room: Record<string, string>, manager: ConnectionAccess): Promise<void> {
    const addresses = Object.entries(room).map(([key, equals]) => ({ address: { path: [key], equals } }))
    const where = { chat, AND: [managedBy(manager), dead, ...addresses] }
    const found = await this.#prisma.connection.findMany({ where, select: { id: true } })
    for (const { id } of found) await this.disconnect(id)
  }

  /** The change is stored already. If this fails, delivery and reading find the connection a little later. */
  async #tell(id: string): Promise<void> {
    await Promise.allSettled(this.#watches.map((watch) => watch.changed(id)))
  }
}

/** What its chat remembers of all threads of a connection, page by page. */
export async function* threadDataOf(prisma: PrismaClient, connectionId: string): AsyncGenerator<unknown[]> {
  const size = 100
  const select = { pollId: true, threadData: true } as const
  let page: { pollId: string; threadData: unknown }[] = [{ pollId: '', threadData: null }]
  do {
    const where = { connectionId, pollId: { gt: page.at(-1)?.pollId ?? '' } }
    page = await prisma.mirror.findMany({ where, select, orderBy: { pollId: 'asc' }, take: size })
    yield page.map(({ threadData }) => threadData)
  } while (page.length === size)
}

/** Gives the connections that a guest made to the person that the guest turned out to be. */
export async function moveConnections(tx: Prisma.TransactionClient, guestId: string, personId: string): Promise<void> {
  await tx.connection.updateMany({ where: { createdById: guestId }, data: { createdById: personId } })
}

/** The connections that this person made, for the export of their data. */
export async function connectionsMadeBy(
  prisma: PrismaClient,
  personId: string,
): Promise<{ name: string; room: string; createdAt: Date }[]> {
  const rows = await prisma.connection.findMany({
    where: { createdById: personId },
    select: { name: true, roomName: true, createdAt: true },
  })
  return rows.map(({ roomName: room, ...made }) => ({ ...made, room }))
}

/** Others cannot insert meanwhile: `lockFollowing`. */
async function expectAlone(
  tx: Prisma.TransactionClient,
  { chat, externalId }: Pick<NewConnection, 'chat' | 'externalId'>,
): Promise<void> {
  const count = await tx.connection.count({ where: inUse(chat, externalId) })
  if (count > 1) throw notByForm('This room is connected already.')
}

/** Others cannot insert meanwhile: `lockFollowing`. */
async function expectNotTooMany(tx: Prisma.TransactionClient, chat: string): Promise<void> {
  const count = await tx.connection.count({ where: { chat, status: { in: ['active', 'paused'] } } })
  if (count <= maxByForm) return
  throw notByForm(
    `There are ${maxByForm} connections of this kind, which is the most. Disconnect one that nobody needs.`,
  )
}

function notByForm(message: string): Refusal {
  return new Refusal('forbidden', message, { problems: [{ path: '', message }] })
}

async function savedSettings(tx: Prisma.TransactionClient, id: string): Promise<ConnectionSettings> {
  const select = { categories: true, eventKinds: true, chatSettings: true } as const
  const { categories, eventKinds, chatSettings } = await tx.connection.findUniqueOrThrow({ where: { id }, select })
  return { categories, eventKinds: eventKinds as EventKind[], chatSettings: chatSettings as ChatSettings }
}

function withoutConflict({ settings, conflicts }: ReturnType<typeof mergeSettings>): ConnectionSettings {
  if (conflicts.length === 0) return settings
  const message = 'These settings were changed while you edited them.'
  throw new Refusal('revision_mismatch', message, { problems: conflicts.map((path) => ({ path, message })) })
}

/** Removed in the chat, or paused automatically. */
const dead = { OR: [{ status: 'retired' as const }, { status: 'paused' as const, statusReason: { not: null } }] }

const healthy = { failingSince: null, attempts: 0, retryAt: null }

/** The columns shown to people, without credentials. */
const shown = {
  id: true,
  chat: true,
  status: true,
  statusReason: true,
  name: true,
  roomName: true,
  roomUrl: true,
  externalId: true,
  address: true,
  categories: true,
  eventKinds: true,
  chatSettings: true,
  createdAt: true,
  createdBy: { select: { id: true, name: true, _count: { select: { chatAccounts: true } } } },
  lastDelivered: true,
  lastError: true,
  lastErrorAt: true,
  failingSince: true,
  retryAt: true,
  readCredentials: true,
  readError: true,
} as const

/** A creator who has unlinked their account since is shown as a guest. */
function creatorOf({
  createdBy: { _count, ...person },
}: {
  createdBy: PersonName & { _count: { chatAccounts: number } }
}) {
  return personFrom({ ...person, isSignedIn: _count.chatAccounts > 0 })
}

const usedStatus = { in: ['active' as const, 'paused' as const] }

function inUse(chat: string, externalId: string) {
  return { chat, externalId, status: usedStatus }
}

function keyOf({ chat, externalId, threadId }: { [Key in keyof ThreadOfRoom]: string | null }): string {
  return JSON.stringify([chat, externalId, threadId])
}

function managedBy({ personId, accounts }: ConnectionAccess) {
  const seen = accounts.map(({ chat, sees }) => ({ chat, externalId: { in: [...sees] } }))
  return { status: { not: 'disconnected' as const }, OR: [{ createdById: personId }, ...seen] }
}
