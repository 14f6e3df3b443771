import fastify from 'fastify'
import type { MatrixTestEvent } from './matrix-person.ts'

type Pushed = { id: string; authorization: string | undefined; events: MatrixTestEvent[] }

/** An application service that only notes what a homeserver pushes to it. */
export type TestAppService = {
  url: string
  /** All transactions, in the order in which they came, repeats included. */
  transactions: Pushed[]
  /** The ids of pings. */
  pings: unknown[]
  /** The events of all transactions, without repeats. */
  events(): MatrixTestEvent[]
  /** Answers transactions with this status from now on. With `hang` it answers none. */
  answer(status: number | 'hang'): void
  /** Waits until a transaction holds the event. */
  received(eventId: string): Promise<MatrixTestEvent>
  close(): Promise<void>
}

export async function startAppService(): Promise<TestAppService> {
  const transactions: Pushed[] = []
  const pings: unknown[] = []
  let status: number | 'hang' = 200
  const app = fastify({ forceCloseConnections: true, bodyLimit: 10 * 1024 * 1024 })
  app.put<{ Params: { id: string }; Body: { events: MatrixTestEvent[] } }>(
    '/_matrix/app/v1/transactions/:id',
    async ({ params, headers, body }, reply) => {
      transactions.push({ id: params.id, authorization: headers.authorization, events: body.events })
      if (status === 'hang') return reply.hijack()
      return reply.code(status).send({})
    },
  )
  app.post<{ Body: { transaction_id?: unknown } }>('/_matrix/app/v1/ping', async ({ body }) => {
    pings.push(body.transaction_id)
    return {}
  })
  const events = () => {
    const all = transactions.flatMap((transaction) => transaction.events)
    return [...new Map(all.map((event) => [event.event_id, event])).values()]
  }
  const received = async (eventId: string) => {
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      const event = events().find((one) => one.event_id === eventId)
      if (event) return event
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`The event ${eventId} was not pushed.`)
  }
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const answer = (next: typeof status) => {
    status = next
  }
  return { url, transactions, pings, events, answer, received, close: async () => app.close() }
}
