import { z } from 'zod'
import { readMatrixConfig } from '../../../src/chat/matrix/config.ts'
import { applicationServicePath } from '../../../src/chat/matrix/receiving/transactions.ts'
import { problemsOf, ReceiveError } from '../receive/fixture.ts'
import type { Sign } from '../receive/receive.ts'

const transaction = z.object({ events: z.array(z.record(z.string(), z.unknown())) })

/** A transaction of events that happen now. An event without an id gets a new one, so it can be sent several times. */
export const sign: Sign = async (fixture, { config, now }) => {
  const { data, error } = transaction.safeParse(fixture)
  if (error) throw new ReceiveError(`The fixture is no transaction: ${problemsOf(error)}`)
  const matrix = readMatrixConfig(config.environment)
  if (!matrix) throw new ReceiveError('No homeserver is configured. Set MATRIX_HOMESERVER_URL.')
  const id = now.getTime()
  const events = data.events.map((event, place) => ({ event_id: `$${id}.${place}`, origin_server_ts: id, ...event }))
  return {
    method: 'PUT',
    url: new URL(`${applicationServicePath}/transactions/${id}`, config.publicUrl).href,
    headers: { authorization: `Bearer ${matrix.hsToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  }
}
