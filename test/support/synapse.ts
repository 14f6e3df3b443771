import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Registration } from '../../src/sandbox/matrix/registration.ts'
import { appServiceAt, type TestHomeserver, testRegistration, untilUp } from './matrix.ts'
import { MatrixPerson } from './matrix-person.ts'
import { freePort } from './postgres-server.ts'

const run = promisify(execFile)
const sharedSecret = 'known to the tests'
const startTimeoutMs = 60_000

type SynapseOptions = {
  /** Must name the server, as `testRegistration` does. */
  registration?: Registration
  /** With a port, such as "localhost:8448", it federates at that port with others on this machine. */
  serverName?: string
  /** Whether people who write a lot are refused, as by default. */
  isLimited?: boolean
}

/** Synapse, with what only a process can do. */
export type Synapse = TestHomeserver & {
  /** Ends it at once, as after a crash. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** A real homeserver: Synapse on this machine, with its data in a temporary folder. */
export async function startSynapse(
  python: string,
  { serverName = 'chat.test', registration = testRegistration({}, serverName), isLimited = true }: SynapseOptions = {},
): Promise<Synapse> {
  const directory = await mkdtemp(join(tmpdir(), 'polldock-synapse-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const federationPort = Number(serverName.split(':')[1] ?? 0)
  await writeFiles(directory, { port, federationPort, serverName, registration, isLimited })
  if (federationPort) await run(python, ['-c', makeCertificate], { cwd: directory })
  let synapse = await start(python, directory, url)
  const admin = await register(url, 'admin', true)
  return {
    ...{ url, serverName, registration },
    appService: appServiceAt(url, registration, serverName),
    userId: (localpart) => `@${localpart}:${serverName}`,
    person: async (name, { isLimited: isPersonLimited = false } = {}) => {
      const person = await register(url, name.toLowerCase())
      await person.do('PUT', `v3/profile/${person.userId}/displayname`, { displayname: name })
      if (isLimited && !isPersonLimited) await liftLimits(admin, person)
      return person
    },
    kill: () => stop(synapse, 'SIGKILL'),
    start: async () => {
      synapse = await start(python, directory, url)
    },
    restart: async () => {
      await stop(synapse)
      synapse = await start(python, directory, url)
    },
    close: async () => {
      await stop(synapse)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

type Settings = {
  port: number
  federationPort: number
  serverName: string
  registration: Registration
  isLimited: boolean
}

/** Its files are YAML, and so is JSON. */
async function writeFiles(
  directory: string,
  { port, federationPort, serverName, registration, isLimited }: Settings,
): Promise<void> {
  const federation = federationPort ? federating(directory, federationPort) : undefined
  const at = (name: string) => join(directory, name)
  const unlimited = { per_second: 1_000, burst_count: 1_000 }
  const config = {
    server_name: serverName,
    listeners: [listener(port, 'client'), ...(federation ? [federation.listener] : [])],
    ...federation?.config,
    database: { name: 'sqlite3', args: { database: at('homeserver.db') } },
    signing_key_path: at('signing.key'),
    media_store_path: at('media'),
    trusted_key_servers: [],
    report_stats: false,
    registration_shared_secret: sharedSecret,
    macaroon_secret_key: randomBytes(16).toString('hex'),
    form_secret: randomBytes(16).toString('hex'),
    bcrypt_rounds: 4,
    app_service_config_files: [at('registration.yaml')],
    // Of the limits, the tests look at that of messages.
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
    rc_joins: { local: unlimited },
    rc_joins_per_room: unlimited,
    rc_room_creation: unlimited,
    ...(!isLimited && { rc_message: unlimited }),
  }
  await writeFile(at('homeserver.yaml'), JSON.stringify(config))
  await writeFile(at('registration.yaml'), JSON.stringify(registration))
  await writeFile(at('signing.key'), `ed25519 a_test ${randomBytes(32).toString('base64').replaceAll('=', '')}\n`)
}

function listener(port: number, name: string) {
  return { port, type: 'http', bind_addresses: ['127.0.0.1'], resources: [{ names: [name] }] }
}

/** Homeservers talk to each other by HTTPS only. Here nobody checks who signed a certificate, and addresses are local. */
function federating(directory: string, port: number) {
  return {
    listener: { ...listener(port, 'federation'), tls: true },
    config: {
      tls_certificate_path: join(directory, 'tls.crt'),
      tls_private_key_path: join(directory, 'tls.key'),
      federation_verify_certificates: false,
      ip_range_blacklist: [],
    },
  }
}

/** Makes `tls.key` and `tls.crt`, with a package that Synapse needs itself. */
const makeCertificate = `
from datetime import datetime, timedelta
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
now = datetime.now()
builder = x509.CertificateBuilder(
    name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1)
)
encoding = serialization.Encoding.PEM
with open("tls.crt", "wb") as file:
    file.write(builder.sign(key, hashes.SHA256()).public_bytes(encoding))
with open("tls.key", "wb") as file:
    file.write(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
`

async function start(python: string, directory: string, url: string): Promise<ChildProcess> {
  const log = join(directory, 'log')
  const output = openSync(log, 'a')
  const child = spawn(python, ['-m', 'synapse.app.homeserver', '-c', 'homeserver.yaml'], {
    ...{ cwd: directory, stdio: ['ignore', output, output] },
  })
  // Also when this process ends without closing it.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const end = once(child, 'exit').then(async () => {
    throw new Error(`Synapse stopped: ${(await readFile(log, 'utf8')).slice(-2_000)}`)
  })
  const timeout = AbortSignal.timeout(startTimeoutMs)
  const late = once(timeout, 'abort').then(() => Promise.reject(new Error('Synapse does not start.')))
  end.catch(() => undefined)
  late.catch(() => undefined)
  await Promise.race([untilUp(url), end, late])
  return child
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** Makes a person, by the secret that Synapse shares with its operator. */
async function register(url: string, username: string, isAdmin = false): Promise<MatrixPerson> {
  const path = `${url}/_synapse/admin/v1/register`
  const { nonce } = (await (await fetch(path)).json()) as { nonce: string }
  const parts = [nonce, username, 'password', isAdmin ? 'admin' : 'notadmin']
  const mac = createHmac('sha1', sharedSecret).update(parts.join('\0')).digest('hex')
  const body = JSON.stringify({ nonce, username, password: 'password', admin: isAdmin, mac })
  const answer = await fetch(path, { method: 'POST', body })
  const { user_id: userId, access_token: token } = (await answer.json()) as { user_id: string; access_token: string }
  if (answer.status !== 200) throw new Error(`${username} cannot be registered: ${answer.status}`)
  return new MatrixPerson(url, { userId, token })
}

async function liftLimits(admin: MatrixPerson, { userId }: MatrixPerson): Promise<void> {
  const path = `${admin.url}/_synapse/admin/v1/users/${userId}/override_ratelimit`
  const headers = { authorization: `Bearer ${admin.token}` }
  const body = JSON.stringify({ messages_per_second: 0, burst_count: 0 })
  const answer = await fetch(path, { method: 'POST', headers, body })
  if (answer.status !== 200) throw new Error(`The limits of ${userId} cannot be lifted: ${answer.status}`)
}
