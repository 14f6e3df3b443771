/** In characters. A message repeats its whole thread, so it may be long. */
const maxEvent = 1_048_576

/** The `data` of each server-sent event. It throws when an event is too long, so memory stays bounded. */
export async function* eventData(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    const events = rest.split(/\r?\n\r?\n/)
    rest = events.pop() ?? ''
    if (rest.length > maxEvent) throw new RangeError('An event of the stream is too long.')
    for (const event of events) {
      const data = event.split(/\r?\n/).flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
      if (data.length > 0) yield data.join('\n')
    }
  }
}
