type Json = Record<string, unknown>
export type MatrixAnswer = { status: number; body: Json; headers: Headers }

let lastTransaction = 0

/** A transaction id that no other request of this process has. */
export function newTransactionId(): string {
  return `${process.pid}-${++lastTransaction}`
}

/** Somebody who speaks to a homeserver by the client-server API: a person, or an application service. */
export class MatrixPerson {
  readonly url: string
  readonly userId: string
  readonly token: string
  /** Added to each request, such as `user_id` for an application service. */
  readonly query: Record<string, string>

  constructor(
    url: string,
    { userId, token, query = {} }: { userId: string; token: string; query?: Record<string, string> },
  ) {
    this.url = url
    this.userId = userId
    this.token = token
    this.query = query
  }

  /** Sends a request, and answers what came. The path is that below `/_matrix/client/`; a body that is a text is sent as it is. */
  async call(method: string, path: string, body?: unknown): Promise<MatrixAnswer> {
    const url = new URL(`/_matrix/client/${path}`, this.url)
    for (const [name, value] of Object.entries(this.query)) url.searchParams.set(name, value)
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(40_000),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
  }

  /** Sends a request that has to succeed. */
  async do<Body = Json>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.call(method, path, body)
    if (answer.status === 200 || answer.status === 201) return answer.body as Body
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  async createRoom(body: Json = {}): Promise<string> {
    return (await this.do<{ room_id: string }>('POST', 'v3/createRoom', body)).room_id
  }

  async join(room: string): Promise<void> {
    await this.do('POST', `v3/join/${encodeURIComponent(room)}`, {})
  }

  async leave(room: string): Promise<void> {
    await this.do('POST', `${roomPath(room)}/leave`, {})
  }

  async invite(room: string, userId: string): Promise<void> {
    await this.do('POST', `${roomPath(room)}/invite`, { user_id: userId })
  }

  async kick(room: string, userId: string): Promise<void> {
    await this.do('POST', `${roomPath(room)}/kick`, { user_id: userId })
  }

  async ban(room: string, userId: string): Promise<void> {
    await this.do('POST', `${roomPath(room)}/ban`, { user_id: userId })
  }

  /** Sends an event. @returns its id */
  async send(room: string, type: string, content: Json, txnId = newTransactionId()): Promise<string> {
    const path = `${roomPath(room)}/send/${encodeURIComponent(type)}/${encodeURIComponent(txnId)}`
    return (await this.do<{ event_id: string }>('PUT', path, content)).event_id
  }

  /** Writes a line, with further content such as a relation. */
  async say(room: string, body: string, more: Json = {}): Promise<string> {
    return this.send(room, 'm.room.message', { msgtype: 'm.text', body, ...more })
  }

  /** Writes a line in a thread. */
  async reply(room: string, root: string, body: string): Promise<string> {
    const relation = {
      rel_type: 'm.thread',
      event_id: root,
      is_falling_back: true,
      'm.in_reply_to': { event_id: root },
    }
    return this.say(room, body, { 'm.relates_to': relation })
  }

  async edit(room: string, eventId: string, body: string): Promise<string> {
    const relation = { rel_type: 'm.replace', event_id: eventId }
    return this.say(room, `* ${body}`, { 'm.new_content': { msgtype: 'm.text', body }, 'm.relates_to': relation })
  }

  async react(room: string, eventId: string, key: string): Promise<string> {
    return this.send(room, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } })
  }

  /** Starts a native poll; the ids of its answers are their texts. */
  async startPoll(room: string, question: string, answers: string[], { max = 1 } = {}): Promise<string> {
    return this.send(room, 'org.matrix.msc3381.poll.start', {
      'org.matrix.msc1767.text': question,
      'org.matrix.msc3381.poll.start': {
        kind: 'org.matrix.msc3381.poll.disclosed',
        max_selections: max,
        question: { 'org.matrix.msc1767.text': question },
        answers: answers.map((text) => ({ id: text, 'org.matrix.msc1767.text': text })),
      },
    })
  }

  /** Votes in a native poll, by the ids of its answers. */
  async vote(room: string, poll: string, answers: string[], txnId = newTransactionId()): Promise<string> {
    const content = {
      'm.relates_to': { rel_type: 'm.reference', event_id: poll },
      'org.matrix.msc3381.poll.response': { answers },
    }
    return this.send(room, 'org.matrix.msc3381.poll.response', content, txnId)
  }

  async endPoll(room: string, poll: string): Promise<string> {
    return this.send(room, 'org.matrix.msc3381.poll.end', {
      'm.relates_to': { rel_type: 'm.reference', event_id: poll },
      'org.matrix.msc1767.text': 'The poll has ended.',
      'org.matrix.msc3381.poll.end': {},
    })
  }

  async redact(room: string, eventId: string, txnId = newTransactionId()): Promise<string> {
    const path = `${roomPath(room)}/redact/${encodeURIComponent(eventId)}/${encodeURIComponent(txnId)}`
    return (await this.do<{ event_id: string }>('PUT', path, {})).event_id
  }

  async state(room: string, type: string, stateKey = ''): Promise<Json> {
    return this.do('GET', `${roomPath(room)}/state/${type}/${encodeURIComponent(stateKey)}`)
  }

  async setState(room: string, type: string, content: Json, stateKey = ''): Promise<void> {
    await this.do('PUT', `${roomPath(room)}/state/${type}/${encodeURIComponent(stateKey)}`, content)
  }

  async event(room: string, eventId: string): Promise<MatrixTestEvent> {
    return this.do('GET', `${roomPath(room)}/event/${encodeURIComponent(eventId)}`)
  }

  /** The last events of the room, oldest first. */
  async messages(room: string, limit = 500): Promise<MatrixTestEvent[]> {
    const path = `${roomPath(room)}/messages?dir=b&limit=${limit}`
    return (await this.do<{ chunk: MatrixTestEvent[] }>('GET', path)).chunk.reverse()
  }

  /** All events that refer to an event, oldest first. */
  async relations(room: string, eventId: string): Promise<MatrixTestEvent[]> {
    const path = `${roomPath(room, 'v1')}/relations/${encodeURIComponent(eventId)}?limit=1000`
    return (await this.do<{ chunk: MatrixTestEvent[] }>('GET', path)).chunk.reverse()
  }
}

export type MatrixTestEvent = {
  event_id: string
  room_id: string
  type: string
  sender: string
  content: Json
  origin_server_ts: number
  state_key?: string
  unsigned?: Json
}

export function roomPath(room: string, version = 'v3'): string {
  return `${version}/rooms/${encodeURIComponent(room)}`
}
