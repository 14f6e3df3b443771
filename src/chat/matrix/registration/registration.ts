import { randomBytes } from 'node:crypto'

/** How Polldock is registered with a homeserver as an application service. */
export type Registration = {
  id: string
  /** Where the homeserver reaches Polldock. */
  url: URL
  asToken: string
  hsToken: string
  /** Localparts. */
  bot: string
  ghostPrefix: string
  serverName: string
}

/** 256 bits. */
export const newToken = () => randomBytes(32).toString('hex')

/**
 * The registration file, in YAML. JSON's texts are texts of YAML.
 *
 * @see https://spec.matrix.org/latest/application-service-api/#registration
 */
export function registrationYaml({ id, url, asToken, hsToken, bot, ghostPrefix, serverName }: Registration): string {
  const ghosts = `@${literal(ghostPrefix)}[a-z2-9]+:${literal(serverName)}`
  return `# Polldock as an application service. It holds secrets: only the homeserver may read it.
id: ${text(id)}
url: ${text(url.href.replace(/\/$/, ''))}
as_token: ${text(asToken)}
hs_token: ${text(hsToken)}
sender_localpart: ${text(bot)}
# Without this line, votes from the web are limited to one in five seconds.
rate_limited: false
namespaces:
  users:
    # Accounts that stand for people who vote on the web.
    - regex: ${text(ghosts)}
      exclusive: true
`
}

/** The text as a regular expression. */
function literal(value: string): string {
  return value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function text(value: string): string {
  return JSON.stringify(value)
}

/** The variables of Polldock that belong to a registration; those with a default only if they differ from it. */
export function variablesOf(registration: Registration, homeserverUrl: URL): string {
  const { id, asToken, hsToken, bot, ghostPrefix, serverName } = registration
  const variables = {
    MATRIX_HOMESERVER_URL: homeserverUrl.origin,
    MATRIX_SERVER_NAME: serverName,
    MATRIX_AS_TOKEN: asToken,
    MATRIX_HS_TOKEN: hsToken,
    ...(id !== 'polldock' && { MATRIX_REGISTRATION_ID: id }),
    ...(bot !== 'polldock' && { MATRIX_BOT: bot }),
    ...(ghostPrefix !== `${bot}_` && { MATRIX_GHOST_PREFIX: ghostPrefix }),
  }
  return Object.entries(variables)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')
}

/** What the operators of both have to do, for the terminal. */
export function nextSteps(registration: Registration, { file, homeserverUrl }: { file: string; homeserverUrl: URL }) {
  const { serverName, url } = registration
  return `${file} is written. It holds secrets, and only you can read it.

The operator of ${serverName}:
1. Copies the file to the homeserver, where only the homeserver can read it.
2. Names it in homeserver.yaml:
     app_service_config_files:
       - /path/to/${file.replace(/^.*\//, '')}
3. Restarts the homeserver. From there, Polldock must answer at ${url.href}

Set these variables of Polldock, and restart it:
${variablesOf(registration, homeserverUrl)}
`
}
