import type { PersonName } from '../../../people/model/person-name.ts'
import type { NewConnection } from '../../connections/connections.ts'
import type { ConnectionSettings } from '../../connections/settings.ts'
import type { FlowdockOptions } from '../flowdock-options.ts'
import { flowdockChat } from '../ids.ts'
import type { Flow, NewSource } from '../responses.ts'

/** What somebody chose: a flow, the name of the source there, and what is posted; and the key of the form. */
export type Choice = ConnectionSettings & Pick<NewConnection, 'start' | 'formKey'> & { flow: Flow; name: string }

/**
 * Pairs a flow: makes a source there, and the connection to it here, or neither. It takes the place of what does no
 * more in that flow.
 *
 * @throws {Trouble} when Flowdock does not make the source
 */
export async function connect(
  { services, calls }: FlowdockOptions,
  { person, accessToken }: { person: PersonName; accessToken: string },
  choice: Choice,
): Promise<void> {
  const details = { name: choice.name, external_url: services.config.publicUrl.href }
  const source = await calls.createSource(accessToken, choice.flow.path, details)
  try {
    await keep(services, source, choice, person)
  } catch (error) {
    // Nobody would ever post with it: its token is shown only once.
    await calls.deleteSource(accessToken, source.path).catch(() => {})
    throw error
  }
  const accounts = await services.chatAccounts.of(person.id)
  await services.connections.endDead(flowdockChat, { flowPath: choice.flow.path }, { personId: person.id, accounts })
}

async function keep(
  { connections, credentials }: FlowdockOptions['services'],
  source: NewSource,
  { flow: { path, ...room }, ...choice }: Choice,
  createdBy: PersonName,
): Promise<void> {
  await connections.create({
    ...choice,
    ...room,
    createdBy,
    chat: flowdockChat,
    externalId: source.id,
    address: { flowPath: path, sourcePath: source.path },
    credentials: await credentials.seal(source.flowToken),
  })
}
