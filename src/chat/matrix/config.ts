import { z } from 'zod'
import { type Config, type Environment, readVariables } from '../../config.ts'

/** The homeserver, and Polldock's registration there as an application service. */
export type MatrixConfig = {
  /** Only its origin is used. */
  homeserverUrl: URL
  /** The part of an id after the colon. */
  serverName: string
  /** The `id` of the registration. */
  registrationId: string
  /** With this token Polldock calls the homeserver. */
  asToken: string
  /** With this token the homeserver calls Polldock. */
  hsToken: string
  /** The account in whose name Polldock posts. */
  bot: string
  /** How the localparts of ghosts begin, accounts that stand for people who vote on the web. */
  ghostPrefix: string
}

const missing = 'is missing: see npm run matrix:registration'
const token = z.string(missing).regex(/^[\x21-\x7e]+$/, 'must be the text of the registration, without spaces')

const localpart = z.string().regex(/^[a-z0-9._=/-]{1,100}$/, 'must hold only a-z 0-9 . _ = - /')
const atOrigin = (value: string) => {
  const { protocol, pathname } = URL.parse(value) ?? {}
  return /^https?:$/.test(protocol ?? '') && pathname === '/'
}

const variables = z.object({
  MATRIX_HOMESERVER_URL: z
    .string(missing)
    .refine(atOrigin, 'must be a URL without a path, such as https://matrix.example.org'),
  MATRIX_SERVER_NAME: z
    .string(missing)
    .max(150)
    .regex(/^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/, 'must be a server name such as example.org'),
  MATRIX_AS_TOKEN: token,
  MATRIX_HS_TOKEN: token,
  MATRIX_REGISTRATION_ID: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must hold only letters, digits, . _ and -')
    .default('polldock'),
  MATRIX_BOT: localpart.default('polldock'),
  MATRIX_GHOST_PREFIX: localpart.optional(),
})

const matrixVariables = variables.refine((given) => given.MATRIX_AS_TOKEN !== given.MATRIX_HS_TOKEN, {
  path: ['MATRIX_HS_TOKEN'],
  message: 'must differ from MATRIX_AS_TOKEN',
})

/**
 * @returns undefined when no homeserver is configured
 * @throws {ConfigError}
 */
export function readMatrixConfig(environment: Environment): MatrixConfig | undefined {
  if (!environment.MATRIX_HOMESERVER_URL) return undefined
  const given = readVariables(matrixVariables, environment)
  const { MATRIX_SERVER_NAME: serverName, MATRIX_BOT: bot } = given
  return {
    homeserverUrl: new URL(given.MATRIX_HOMESERVER_URL),
    serverName,
    registrationId: given.MATRIX_REGISTRATION_ID,
    asToken: given.MATRIX_AS_TOKEN,
    hsToken: given.MATRIX_HS_TOKEN,
    bot: `@${bot}:${serverName}`,
    ghostPrefix: given.MATRIX_GHOST_PREFIX ?? `${bot}_`,
  }
}

/** The address of the sandbox, if that is the homeserver. */
export function sandboxHomeserver(
  { sandboxPort }: Pick<Config, 'sandboxPort'>,
  { homeserverUrl }: MatrixConfig,
): URL | undefined {
  const isSandbox = sandboxPort !== undefined && homeserverUrl.origin === `http://localhost:${sandboxPort}`
  return isSandbox ? homeserverUrl : undefined
}
