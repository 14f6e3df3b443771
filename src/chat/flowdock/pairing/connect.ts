import type { PersonName } from '../../../people/model/person-name.ts'
import type { Services } from '../../../services.ts'
import type { NewConnection } from '../../connections/connections.ts'
import type { ConnectionSettings } from '../../connections/settings.ts'
import { FlowdockError } from '../flowdock-error.ts'
import { flowdockChat } from '../ids.ts'
import type { ReadTokens } from '../reading/tokens.ts'
import type { Flow, NewSource } from '../responses.ts'
import type { PairingOptions } from './pairing-options.ts'
import type { SetupTokens } from './setup-tokens.ts'

/** What a person chose in the form: a flow, the source's name, the settings; and the form's key. */
/** `readComments`: what people write in its threads becomes comments of the polls. */
export type Choice = ConnectionSettings &
  Pick<NewConnection, 'start' | 'formKey'> & { flow: Flow; name: string; readComments: boolean }

/**
 * Pairs a flow: creates a source in Flowdock and its connection here, or neither. It replaces dead connections to that
 * flow.
 *
 * @throws {FlowdockError} when Flowdock does not create the source
 */
export async function connect(
  { services, calls }: PairingOptions<'config' | 'chatAccounts' | 'credentials' | 'connections'>,
  { person, accessToken, readTokens }: { person: PersonName } & SetupTokens,
  choice: Choice,
): Promise<void> {
  const wantsComments = choice.readComments && readTokens
  const reading = wantsComments ? await readFrom({ services, calls }, readTokens, choice.flow.path) : undefined
  const details = { name: choice.name, external_url: services.config.publicUrl.href }
  const source = await calls.createSource(accessToken, choice.flow.path, details)
  try {
    await keep(services, source, choice, { person, reading })
  } catch (error) {
    // The source is useless without its connection: its token is shown only once.
    await calls.deleteSource(accessToken, source.path).catch(() => {})
    throw error
  }
  const accounts = await services.chatAccounts.of(person.id)
  await services.connections.endDead(flowdockChat, { flowPath: choice.flow.path }, { personId: person.id, accounts })
}

async function keep(
  { connections, credentials }: Pick<Services, 'connections' | 'credentials'>,
  source: NewSource,
  { flow: { path, ...room }, readComments, ...choice }: Choice,
  { person, reading }: { person: PersonName; reading: NewConnection['reading'] },
): Promise<void> {
  await connections.create({
    ...choice,
    ...room,
    createdBy: person,
    chat: flowdockChat,
    externalId: source.id,
    address: { flowPath: path, sourcePath: source.path },
    credentials: await credentials.seal(source.flowToken),
    ...(reading && { reading }),
  })
}

/**
 * Reads the position before anything is posted: what people write in a thread before the stream is open comes after it.
 *
 * @throws {FlowdockError}
 */
async function readFrom(
  { services, calls }: PairingOptions<'credentials'>,
  readTokens: ReadTokens,
  flowPath: string,
): Promise<NewConnection['reading']> {
  const position = await calls.lastMessageId(readTokens.accessToken, flowPath).catch((error) => {
    throw error instanceof FlowdockError && [403, 404].includes(error.statusCode) ? unreadable : error
  })
  return { credentials: await services.credentials.seal(JSON.stringify(readTokens)), position: String(position) }
}

const unreadable = new FlowdockError(
  403,
  'Flowdock does not allow that',
  'You may not read the messages of this flow. Leave out its comments below, then connect it.',
)
