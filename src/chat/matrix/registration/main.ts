import { parseArgs } from 'node:util'
import { ConfigError, configFromProcess } from '../../../config.ts'
import { readMatrixConfig } from '../config.ts'
import { localpartOf } from '../ids.ts'
import { newToken, nextSteps, registrationYaml } from './registration.ts'
import { writeSecretFile } from './write-secret-file.ts'

const usage = `Writes the file that registers Polldock with a Matrix homeserver, with fresh tokens.

npm run matrix:registration -- --homeserver-url https://matrix.example.org --server-name example.org

  --homeserver-url  where Polldock reaches the homeserver    (MATRIX_HOMESERVER_URL)
  --server-name     the part of its accounts after the colon (MATRIX_SERVER_NAME)
  --url             where the homeserver reaches Polldock    (PUBLIC_URL)
  --bot             the bot's name                           (MATRIX_BOT, or polldock)
  --ghost-prefix    how names of ghosts begin                (MATRIX_GHOST_PREFIX, or the bot's name and _)
  --id              the registration's id                    (MATRIX_REGISTRATION_ID, or polldock)
  --out             the file                                 (polldock-matrix.yaml)
  --overwrite       replaces the file, and so its tokens`

const options = {
  'homeserver-url': { type: 'string' },
  'server-name': { type: 'string' },
  url: { type: 'string' },
  bot: { type: 'string' },
  'ghost-prefix': { type: 'string' },
  id: { type: 'string' },
  out: { type: 'string', default: 'polldock-matrix.yaml' },
  overwrite: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

try {
  console.log(await register())
} catch (error) {
  const { message, code = '' } = error as NodeJS.ErrnoException
  const isExpected = error instanceof ConfigError || code.startsWith('ERR_PARSE_ARGS') || code.startsWith('E')
  console.error(isExpected ? `${message}\n\n${usage}` : error)
  process.exitCode = 1
}

async function register(): Promise<string> {
  const { values } = parseArgs({ options })
  if (values.help) return usage
  const { environment, publicUrl } = configFromProcess()
  const given = {
    MATRIX_HOMESERVER_URL: values['homeserver-url'],
    MATRIX_SERVER_NAME: values['server-name'],
    MATRIX_REGISTRATION_ID: values.id,
    MATRIX_BOT: values.bot,
    MATRIX_GHOST_PREFIX: values['ghost-prefix'],
    MATRIX_AS_TOKEN: newToken(),
    MATRIX_HS_TOKEN: newToken(),
  }
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const config = readMatrixConfig({ ...environment, ...(named as Record<string, string>) })
  if (!config) throw new ConfigError('  --homeserver-url is missing')
  const url = URL.parse(values.url ?? publicUrl.href)
  if (!/^https?:$/.test(url?.protocol ?? ''))
    throw new ConfigError('  --url must be a URL such as https://polls.example.org')
  const { registrationId: id, asToken, hsToken, ghostPrefix, serverName, homeserverUrl } = config
  const bot = localpartOf(config.bot)
  const registration = { id, url: url as URL, asToken, hsToken, bot, ghostPrefix, serverName }
  await writeSecretFile(values.out, registrationYaml(registration), { overwrite: values.overwrite })
  return nextSteps(registration, { file: values.out, homeserverUrl })
}
