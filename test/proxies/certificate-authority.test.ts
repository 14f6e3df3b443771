import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { unpackedProgram } from '../support/debian-packages.ts'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url)
const caddy = await unpackedProgram('caddy', 'usr/bin/caddy')
const { environment, volumes } = parse(await readFile(new URL('docker-compose.yml', root), 'utf8'), { merge: true })
  .services.caddy as { environment: Record<string, string>; volumes: (string | { source: string; target: string })[] }

/** A value of the compose file, as compose fills in `${NAME:+text}` and `${NAME:-text}`. */
function filledIn(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{(\w+):([+-])([^}]*)\}/g, (_, name: string, kind: string, otherwise: string) =>
    (kind === '+') === Boolean(env[name]) ? otherwise : (env[name] ?? ''),
  )
}

/** The authorities that Caddy asks for certificates with this `.env`. */
async function issuers(env: Record<string, string>): Promise<unknown[]> {
  const all = { DOMAIN: 'polls.example.org', ACME_CA: '', ACME_CA_ROOT: '', ...env }
  const ofCaddy = Object.entries(environment).map(([name, value]) => [name, filledIn(value, all)])
  const { stdout } = await run(
    caddy?.path ?? '',
    ['adapt', '--config', fileURLToPath(new URL('docker/Caddyfile', root))],
    {
      env: Object.fromEntries(ofCaddy),
    },
  )
  type Policy = { issuers?: unknown[] }
  const policies: Policy[] = JSON.parse(stdout).apps.tls?.automation?.policies ?? []
  return policies.flatMap((policy) => policy.issuers ?? [])
}

test.skipIf(!caddy)('Caddy asks the public authorities for the certificate', async () => {
  expect(await issuers({})).toEqual([])
})

test.skipIf(!caddy)('Caddy asks the authority of a company, and trusts its root certificate', async () => {
  const authority = { module: 'acme', ca: 'https://acme.example.org/directory' }
  expect(await issuers({ ACME_CA: authority.ca })).toEqual([authority])
  const mounted = volumes.find((volume) => typeof volume !== 'string')
  expect(filledIn(mounted?.source ?? '', { ACME_CA_ROOT: 'root.pem' })).toBe('root.pem')
  expect(await issuers({ ACME_CA: authority.ca, ACME_CA_ROOT: 'root.pem' })).toEqual([
    { ...authority, trusted_roots_pem_files: [mounted?.target] },
  ])
})
