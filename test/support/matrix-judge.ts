import { setTimeout as sleep } from 'node:timers/promises'
import {
  ClientEvent,
  createClient,
  EventType,
  M_POLL_RESPONSE,
  type MatrixClient,
  type MatrixEvent,
  RelationType,
  type Room,
  RoomEvent,
  SyncState,
} from 'matrix-js-sdk'
import { PollResponseEvent } from 'matrix-js-sdk/lib/extensible_events_v1/PollResponseEvent.js'
import type { Logger } from 'matrix-js-sdk/lib/logger.js'
import type { Poll } from 'matrix-js-sdk/lib/models/poll.js'
import type { MatrixPerson } from './matrix-person.ts'

const ignore = () => undefined
const silent: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  getChild: () => silent,
}

/** What a client shows of a room. */
export type ShownRoom = { messages: ShownMessage[]; polls: ShownPoll[] }
export type ShownMessage = {
  id: string
  sender: string
  body: string
  html?: string
  isNotice: boolean
  isEdited: boolean
  /** The first message of its thread. */
  thread?: string
  /** How many people reacted with each key. */
  reactions: Record<string, number>
}
export type ShownPoll = {
  id: string
  question: string
  isEnded: boolean
  /** The votes of each answer, by its text. */
  counts: Record<string, number>
}

/** A client that follows the rooms of a person, and can say what it shows of them. */
export type MatrixJudge = {
  shows(room: string): Promise<ShownRoom>
  /** Calls the listener with each event that comes into a room; an edit has the text that it shows. */
  onEvent(listener: (room: string, event: { type: string; text: string }) => void): void
  close(): void
}

/** Synapse answers the same first sync again for two minutes, so each client asks for another number of events. */
let started = 0

/** Starts matrix-js-sdk, on which Element is built. It knows only what comes from now on, and the last events of each room. */
export async function startJudge(person: MatrixPerson): Promise<MatrixJudge> {
  const client = await startClient(person, 20)
  return {
    shows: async (room) => shownRoom(roomIn(client, room)),
    onEvent: (listener) => {
      client.on(RoomEvent.Timeline, (event, room) => {
        const content = event.getOriginalContent()
        const { body = '' } = content['m.new_content'] ?? content
        if (room) listener(room.roomId, { type: event.getType(), text: String(body) })
      })
    },
    close: () => client.stopClient(),
  }
}

/** What a client shows that opens the room now, and reads all of its history. */
export async function freshlyShown(person: MatrixPerson, roomId: string): Promise<ShownRoom> {
  const client = await startClient(person, 1)
  try {
    const room = roomIn(client, roomId)
    while (await client.paginateEventTimeline(room.getLiveTimeline(), { backwards: true, limit: 100 }));
    return await shownRoom(room)
  } finally {
    client.stopClient()
  }
}

async function startClient({ url, token, userId }: MatrixPerson, leastEvents: number): Promise<MatrixClient> {
  const client = createClient({
    baseUrl: url,
    accessToken: token,
    userId,
    logger: silent,
    useAuthorizationHeader: true,
  })
  // Calls are not judged, and log what they do.
  client.matrixRTC.start = ignore
  const synced = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && resolve())
  })
  await client.startClient({ initialSyncLimit: leastEvents + started++, pollTimeout: 5_000 })
  await synced
  return client
}

function roomIn(client: MatrixClient, roomId: string): Room {
  const room = client.getRoom(roomId)
  if (!room) throw new Error(`The client does not know the room ${roomId}.`)
  return room
}

async function shownRoom(room: Room): Promise<ShownRoom> {
  const events = room.getLiveTimeline().getEvents()
  const messages = events.filter((event) => event.getType() === EventType.RoomMessage && !event.isRedacted())
  // A client that reads the history backwards knows the newest first.
  const oldestFirst = [...room.polls.values()].toSorted((one, other) => one.rootEvent.getTs() - other.rootEvent.getTs())
  const polls = await Promise.all(oldestFirst.map(shownPoll))
  return {
    messages: messages
      .filter((event) => !event.isRelation(RelationType.Replace))
      .map((event) => shownMessage(room, event)),
    polls: polls.filter((poll) => poll !== undefined),
  }
}

function shownMessage(room: Room, event: MatrixEvent): ShownMessage {
  const { body, msgtype, formatted_body: html } = event.getContent()
  const id = event.getId() ?? ''
  const reactions = room.relations.getChildEventsForEvent(id, RelationType.Annotation, EventType.Reaction)
  const byKey = (reactions?.getSortedAnnotationsByKey() ?? []).filter(([, some]) => some.size > 0)
  return {
    ...{ id, sender: event.getSender() ?? '', body: String(body), isNotice: msgtype === 'm.notice' },
    ...(html !== undefined && { html: String(html) }),
    isEdited: event.replacingEvent() !== null,
    ...(event.threadRootId && { thread: event.threadRootId }),
    reactions: Object.fromEntries(byKey.map(([key, some]) => [key, some.size])),
  }
}

async function shownPoll(poll: Poll): Promise<ShownPoll | undefined> {
  const { question, answers } = poll.pollEvent
  if (!question || poll.rootEvent.isRedacted() || poll.rootEvent.isRelation(RelationType.Replace)) return
  const relations = await poll.getResponses()
  // The first page has come, and the others follow.
  while (poll.isFetchingResponses) await sleep(5)
  const responses = relations.getRelations().filter((event) => M_POLL_RESPONSE.matches(event.getType()))
  const counts = new Map(answers.map(({ id }) => [id, 0]))
  for (const response of lastOfEach(responses).values()) {
    const { answerIds } = response.unstableExtensibleEvent as PollResponseEvent
    const vote = PollResponseEvent.from(answerIds, poll.pollId)
    vote.validateAgainst(poll.pollEvent)
    if (!vote.spoiled) for (const id of vote.answerIds) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return {
    ...{ id: poll.pollId, question: question.text, isEnded: poll.isEnded },
    counts: Object.fromEntries(answers.map(({ id, text }) => [text, counts.get(id) ?? 0])),
  }
}

/** As Element Web counts: of each sender the response with the latest time, at equal times the first one. */
function lastOfEach(responses: MatrixEvent[]): Map<string, MatrixEvent> {
  const last = new Map<string, MatrixEvent>()
  for (const response of responses) {
    const sender = response.getSender() ?? ''
    const other = last.get(sender)
    if (!other || other.getTs() < response.getTs()) last.set(sender, response)
  }
  return last
}
