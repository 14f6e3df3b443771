import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A span, as far as it is looked at; attributes by name. */
export type Span = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  links?: { traceId: string; spanId: string }[]
  attributes: Record<string, unknown>
}

type Attribute = { key: string; value: Record<string, unknown> }
type Sent = { resourceSpans: { scopeSpans: { spans: (Omit<Span, 'attributes'> & { attributes: Attribute[] })[] }[] }[] }

/** Where spans are sent to over HTTP, as JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export class SpanCollector {
  readonly spans: Span[] = []
  /** All that was sent, as text. */
  text = ''
  readonly #server = createServer(async (request, response) => {
    const sent = (await json(request)) as Sent
    this.text += JSON.stringify(sent)
    for (const { scopeSpans } of sent.resourceSpans)
      for (const { spans } of scopeSpans) this.spans.push(...spans.map(read))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

function read({ attributes, ...span }: Omit<Span, 'attributes'> & { attributes: Attribute[] }): Span {
  return { ...span, attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])) }
}
