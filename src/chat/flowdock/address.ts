import { z } from 'zod'

const address = z.object({ flowPath: z.string(), sourcePath: z.string() })

/** What `Connection.address` holds of a connection with Flowdock: the paths of the flow, and of its source there. */
type FlowdockAddress = z.output<typeof address>

export function addressOf(connection: { address: unknown }): FlowdockAddress {
  return address.parse(connection.address)
}
