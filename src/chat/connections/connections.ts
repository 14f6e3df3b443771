import type { Prisma, PrismaClient } from '../../database/generated/client.ts'
import { Refusal } from '../../errors.ts'
import { isId, newId } from '../../people/model/ids.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { type FormKey, keepAnswer, storedAnswer } from '../../polls/ballot-box/idempotency.ts'
import type { EventKind } from '../event-kinds.ts'
import { rejectedMessages, waitingEvents } from './backlog.ts'
import { endUnwanted, lockFollowing, mirrorOpenPolls, returnToWanted } from './mirrors.ts'
import { type ConnectionSettings, mergeSettings } from './settings.ts'

export type NewConnection = ConnectionSettings & {
  chat: string
  /** The name that it bears in the chat. */
  name: string
  roomName: string
  roomUrl: string | null
  /** What the chat calls its end of it. */
  externalId: string
  /** What else only the chat's own code understands. */
  address: Record<string, string>
  /** What posting takes, sealed. */
  credentials: string
  createdBy: PersonName
  /** Whether polls that are open now are posted at once, or only what happens in them next. */
  start: 'now' | 'open-polls'
  /** Under which the start is stored as the answer to its form, so that the form sent again finds it. */
  formKey?: FormKey
}

/** Who may see and change connections: those they made, and those whose ends they have shown that they see. */
export type ConnectionAccess = { personId: string; accounts: readonly { chat: string; sees: readonly string[] }[] }

export type Connection = Awaited<ReturnType<Connections['find']>>
/** With what waits for it, and what was refused there. */
export type ConnectionListing = Awaited<ReturnType<Connections['list']>>[number]

/** Told when somebody has changed a connection, and when somebody is about to end one. */
export type ConnectionWatch = { changed(id: string): Promise<void>; ending(id: string): Promise<void> }

const nobody: ConnectionWatch = { changed: async () => {}, ending: async () => {} }

const maxListed = 200

/** The rooms of chats to which polls are mirrored. What comes of delivering to them is noted elsewhere. */
export class Connections {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #watch: ConnectionWatch

  constructor(prisma: PrismaClient, clock: () => Date, watch: ConnectionWatch = nobody) {
    this.#prisma = prisma
    this.#clock = clock
    this.#watch = watch
  }

  /** @returns its id */
  async create({ start, createdBy, formKey, ...connection }: NewConnection): Promise<string> {
    const id = newId()
    await this.#prisma.$transaction(async (tx) => {
      await lockFollowing(tx, 'alone')
      const data = { ...connection, id, createdById: createdBy.id, createdAt: this.#clock() }
      await tx.connection.create({ data: { ...data, status: 'active', attempts: 0, errorShown: false } })
      await mirrorOpenPolls(tx, { id, categories: connection.categories }, start)
      if (formKey) await keepAnswer(tx, { owner: createdBy.id, ...formKey }, start, this.#clock())
    })
    await this.#tell(id)
    return id
  }

  /** How the connection that this form made starts; undefined when it made none. */
  async startOf(personId: string, formKey: FormKey): Promise<NewConnection['start'] | undefined> {
    const start = await storedAnswer({ prisma: this.#prisma }, { owner: personId, ...formKey })
    return start as NewConnection['start'] | undefined
  }

  /** Those that somebody may manage, the newest first, with what waits and what was refused; not the disconnected. */
  async list(manager: ConnectionAccess) {
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }]
    const where = managedBy(manager)
    const found = await this.#prisma.connection.findMany({ where, select: shown, orderBy, take: maxListed })
    const ids = found.map(({ id }) => id)
    const waiting = await waitingEvents(this.#prisma, ids)
    const rejected = Map.groupBy(await rejectedMessages(this.#prisma, ids), ({ connectionId }) => connectionId)
    return found.map((connection) => ({
      ...connection,
      createdBy: creatorOf(connection),
      waiting: waiting.get(connection.id) ?? 0,
      rejected: rejected.get(connection.id) ?? [],
    }))
  }

  /** @throws {Refusal} `not_found` when there is none that they may manage */
  async find(id: string, manager: ConnectionAccess) {
    const where = { id, ...managedBy(manager) }
    const connection = isId(id) ? await this.#prisma.connection.findFirst({ where, select: shown }) : null
    if (!connection) throw new Refusal('not_found', 'There is no such connection, or it is not yours to manage.')
    return connection
  }

  /** By what the chat calls its end, whoever asks. */
  async atEnd(chat: string, externalId: string) {
    const where = { chat, externalId, status: { not: 'disconnected' as const } }
    return this.#prisma.connection.findFirst({ where, select: { id: true, externalId: true, address: true } })
  }

  /** Of these ends in a chat, those that connections have. */
  async amongEnds(chat: string, externalIds: readonly string[]): Promise<string[]> {
    const where = { chat, externalId: { in: [...externalIds] }, status: { not: 'disconnected' as const } }
    const rows = await this.#prisma.connection.findMany({ where, select: { externalId: true } })
    return rows.map(({ externalId }) => externalId)
  }

  /** The names of the connections to these rooms, by what their addresses say under `key`. */
  async namesIn(chat: string, key: string, rooms: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.#prisma.$queryRaw<{ room: string; names: string }[]>`
      SELECT address->>${key} AS room, string_agg(name, ', ' ORDER BY created_at, id) AS names FROM connections
      WHERE chat = ${chat} AND status IN ('active', 'paused') AND address->>${key} = ANY(${rooms}) GROUP BY 1`
    return new Map(rows.map(({ room, names }) => [room, names]))
  }

  /**
   * From now on: polls that it wants now begin with what happens in them next, others end with what has happened.
   *
   * @param shown what a form showed when it was opened: it changes only what differs from that
   * @throws {Refusal} `revision_mismatch`, with the fields that somebody else has changed since the form was opened
   */
  async change(id: string, typed: ConnectionSettings, shown?: ConnectionSettings): Promise<void> {
    await this.#prisma.$transaction(async (tx) => {
      await lockFollowing(tx, 'alone')
      const settings = shown ? withoutConflict(mergeSettings(await savedSettings(tx, id), shown, typed)) : typed
      await tx.connection.update({ where: { id }, data: settings })
      await endUnwanted(tx, { id, ...settings })
      await returnToWanted(tx, { id, ...settings })
      await mirrorOpenPolls(tx, { id, ...settings }, 'now')
    })
    await this.#tell(id)
  }

  /** Keeps its places: what happens meanwhile is delivered when it goes on. */
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

  /** For good: what posting took is forgotten, and the places in the log. */
  async disconnect(id: string): Promise<void> {
    await this.#watch.ending(id).catch(() => {})
    const data = { status: 'disconnected' as const, statusReason: null, credentials: null }
    await this.#prisma.$transaction([
      this.#prisma.connection.update({ where: { id }, data }),
      this.#prisma.mirror.deleteMany({ where: { connectionId: id } }),
    ])
  }

  /**
   * Ends those that do no more in a room that has another connection now, as far as somebody may manage them.
   *
   * @param room what their addresses say of it
   */
  async endDead(chat: string, room: Record<string, string>, manager: ConnectionAccess): Promise<void> {
    const addresses = Object.entries(room).map(([key, equals]) => ({ address: { path: [key], equals } }))
    const where = { chat, AND: [managedBy(manager), dead, ...addresses] }
    const found = await this.#prisma.connection.findMany({ where, select: { id: true } })
    for (const { id } of found) await this.disconnect(id)
  }

  /** It is done in any case; who is not told is found by the next sweep of the deliveries. */
  async #tell(id: string): Promise<void> {
    await this.#watch.changed(id).catch(() => {})
  }
}

async function savedSettings(tx: Prisma.TransactionClient, id: string): Promise<ConnectionSettings> {
  const select = { categories: true, eventKinds: true } as const
  const { categories, eventKinds } = await tx.connection.findUniqueOrThrow({ where: { id }, select })
  return { categories, eventKinds: eventKinds as EventKind[] }
}

function withoutConflict({ settings, conflicts }: ReturnType<typeof mergeSettings>): ConnectionSettings {
  if (conflicts.length === 0) return settings
  const message = 'These settings were changed while you edited them.'
  throw new Refusal('revision_mismatch', message, { problems: conflicts.map((path) => ({ path, message })) })
}

/** Removed in the chat, or paused by what the chat answered, and not by somebody. */
const dead = { OR: [{ status: 'retired' as const }, { status: 'paused' as const, statusReason: { not: null } }] }

const healthy = { failingSince: null, attempts: 0, retryAt: null }

/** What people get to see of it: nothing that opens the chat. */
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
  createdAt: true,
  createdBy: { select: { id: true, name: true, _count: { select: { chatAccounts: true } } } },
  lastDelivered: true,
  lastError: true,
  lastErrorAt: true,
  failingSince: true,
  retryAt: true,
} as const

/** Who has unlinked their account since is a guest. */
function creatorOf({
  createdBy: { _count, ...person },
}: {
  createdBy: PersonName & { _count: { chatAccounts: number } }
}) {
  return personFrom({ ...person, isSignedIn: _count.chatAccounts > 0 })
}

function managedBy({ personId, accounts }: ConnectionAccess) {
  const seen = accounts.map(({ chat, sees }) => ({ chat, externalId: { in: [...sees] } }))
  return { status: { not: 'disconnected' as const }, OR: [{ createdById: personId }, ...seen] }
}
