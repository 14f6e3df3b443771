import { setTimeout as sleep } from 'node:timers/promises'
import otel from '@fastify/otel'
import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, ConsoleSpanExporter, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { PrismaInstrumentation } from '@prisma/instrumentation'
import type { FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Config } from '../config.ts'
import { RedactingExporter } from './redacting-exporter.ts'
import type { TraceStep, Tracing } from './trace-context.ts'

/** How long sending the last spans may take. */
const stopTimeoutMs = 2_000

/**
 * OpenTelemetry for the whole process. It reads its other environment variables itself: endpoint, headers, sampling,
 * service name.
 *
 * @param exporter where spans go
 * @param isBehindProxy whether to continue traces from request headers; without a proxy, any client could set them
 */
export function openTelemetry(
  exporter: NonNullable<Config['tracing']>,
  { isBehindProxy }: { isBehindProxy: boolean },
): Tracing {
  const to = exporter === 'console' ? new ConsoleSpanExporter() : new OTLPTraceExporter()
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'polldock' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new RedactingExporter(to))],
  })
  provider.register()
  const requests = new otel.FastifyOtelInstrumentation({
    instrumentHooks: false,
    recordExceptions: false,
    requestHook: nameSpan,
  })
  const instrumentations = [
    requests,
    new PrismaInstrumentation(),
    new UndiciInstrumentation({ requireParentforSpans: true }),
  ]
  for (const one of instrumentations) one.setTracerProvider(provider)
  return {
    current,
    continueTrace,
    requests: fastifyPlugin(async (app) => {
      app.addHook('onRequest', async ({ headers }) => {
        // Or it would be sent on to chats.
        delete headers.baggage
        if (!isBehindProxy) delete headers.traceparent
      })
      await app.register(requests.plugin())
    }),
    close: async () => {
      for (const one of instrumentations) one.disable()
      // A collector that does not answer must not delay the shutdown.
      await Promise.race([provider.shutdown(), sleep(stopTimeoutMs, undefined, { ref: false })])
      for (const api of [trace, context, propagation]) api.disable()
    },
  }
}

function nameSpan(span: Span, { method, id, routeOptions }: FastifyRequest): void {
  span.updateName(`${method} ${routeOptions.url ?? 'unknown'}`)
  span.setAttribute('polldock.request_id', id)
}

function current(): string | undefined {
  const carrier: { traceparent?: string } = {}
  propagation.inject(context.active(), carrier)
  return carrier.traceparent
}

const kinds = { producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER }

function continueTrace<T>(
  { name, kind }: TraceStep,
  from: readonly (string | undefined)[],
  run: () => Promise<T>,
): Promise<T> {
  const places = [...new Set(from)].flatMap((traceparent) => (traceparent ? placeOf(traceparent) : []))
  const [first = ROOT_CONTEXT, ...others] = places
  const links = others
    .flatMap((place) => trace.getSpanContext(place) ?? [])
    .map((spanContext) => ({ context: spanContext }))
  const options = { links, kind: kind && kinds[kind] }
  return trace.getTracer('polldock').startActiveSpan(name, options, first, async (span) => {
    try {
      return await run()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

function placeOf(traceparent: string) {
  return propagation.extract(ROOT_CONTEXT, { traceparent })
}
