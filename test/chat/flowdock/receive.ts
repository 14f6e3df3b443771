import { z } from 'zod'
import { readFlowdockConfig } from '../../../src/chat/flowdock/config.ts'
import { signRequest } from '../../../src/sandbox/actions/signed-request.ts'
import { problemsOf, ReceiveError } from '../receive/fixture.ts'
import type { Sign } from '../receive/receive.ts'

const action = z.object({
  '@type': z.literal('UpdateAction'),
  name: z.string(),
  target: z.object({ '@type': z.literal('EntryPoint'), urlTemplate: z.url(), httpMethod: z.string() }),
})
/** The action as Polldock posted it, and the person who picked it: the token has the id, the body the rest. */
const click = z.object({
  agent: z.object({ id: z.string(), name: z.string(), image: z.string(), url: z.string() }),
  action,
})

/** A click on a thread action, with a token that is valid for 30 seconds. */
export const sign: Sign = async (fixture, { config, secrets, now }) => {
  const { data, error } = click.safeParse(fixture)
  if (error) throw new ReceiveError(`The fixture is no action of a thread: ${problemsOf(error)}`)
  const [clientSecret] = readFlowdockConfig(config, secrets)?.clientSecrets ?? []
  if (!clientSecret) throw new ReceiveError('No Flowdock is configured. Set FLOWDOCK_API_URL, or SANDBOX=on.')
  return signRequest(data.action, data.agent, clientSecret, now)
}
