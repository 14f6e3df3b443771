// npm run chat:receive -- fixture.json [poll]: signs what a chat would send, and sends it to the Polldock that runs here.
import { ConfigError, configFromProcess } from '../../../src/config.ts'
import { StartError } from '../../../src/database/data-dir.ts'
import { ReceiveError } from './fixture.ts'
import { receive } from './receive.ts'

const usage =
  'Say which fixture, as in: npm run chat:receive -- test/chat/flowdock/fixtures/vote.json http://localhost:3300/polls/…'
/** Headers that say something to the person who tries. */
const shown = ['www-authenticate', 'retry-after', 'location']

try {
  const [path, poll] = process.argv.slice(2)
  if (!path) throw new ReceiveError(usage)
  const { request, status, headers, text } = await receive(configFromProcess(), path, poll)
  console.log(`${request.method} ${request.url}\n${status}`)
  for (const name of shown) if (headers.has(name)) console.log(`${name}: ${headers.get(name)}`)
  if (text) console.log(text)
  if (status >= 400) process.exitCode = 1
} catch (error) {
  console.error(reason(error))
  process.exitCode = 1
}

function reason(error: unknown): string {
  if (error instanceof ConfigError) return `The configuration is wrong:\n${error.message}`
  if (error instanceof ReceiveError || error instanceof StartError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
