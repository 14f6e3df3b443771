import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node'

/** Removes what users sent from spans: queries of URLs, and messages of errors. */
export class RedactingExporter implements SpanExporter {
  readonly #exporter: SpanExporter

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#exporter.export(spans.map(redacted), done)
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown()
  }
}

function redacted(span: ReadableSpan): ReadableSpan {
  const { 'url.query': _query, ...attributes } = span.attributes
  for (const key of ['url.full', 'url.path']) {
    const url = attributes[key]
    if (typeof url === 'string') attributes[key] = url.split('?', 1)[0]
  }
  return Object.create(span, {
    attributes: { value: attributes },
    status: { value: { code: span.status.code } },
    events: { value: [] },
  })
}
