type StreamEvent = { id: string | undefined; event: string | undefined; data: Record<string, unknown> }

export type EventStream = {
  /** The next event; rejects when the stream ends, or after five seconds without one. */
  next(): Promise<StreamEvent>
  close(): void
}

/**
 * Reads server-sent events over the network.
 *
 * @param send as `fetch`
 */
export async function openStream(
  url: string,
  headers: Record<string, string> = {},
  send: typeof fetch = fetch,
): Promise<EventStream> {
  const ended = new AbortController()
  const response = await send(url, { headers: { accept: 'text/event-stream', ...headers }, signal: ended.signal })
  if (!response.ok || !response.body) throw new Error(`The stream answered ${response.status}.`)
  // `values` locks the body now. Otherwise it would be cancelled when the response is garbage, before the first event is asked for.
  const events = read(response.body.values())
  return {
    next: async () => {
      const late = setTimeout(() => ended.abort(new Error('No event came in five seconds.')), 5_000)
      const { value, done } = await events.next().finally(() => clearTimeout(late))
      if (done) throw new Error('The stream has ended.')
      return value
    },
    close: () => ended.abort(),
  }
}

async function* read(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent, undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of body) {
    const blocks = (text + decoder.decode(bytes, { stream: true })).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) if (/^data:/m.test(block)) yield parse(block)
  }
}

function parse(block: string): StreamEvent {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  return { id: field('id'), event: field('event'), data: JSON.parse(field('data') ?? 'null') }
}
