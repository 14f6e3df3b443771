import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackedProgram } from '../support/debian-packages.ts'
import { installedTraefik } from '../support/python-packages.ts'

type Program = { path: string; folder?: string; env?: Record<string, string> }

/** Where a proxy runs: on addresses, with files and towards Polldocks that the configurations cannot know. */
export type ProxySite = {
  /** For its files. */
  folder: string
  /** On 127.0.0.1. */
  httpPort: number
  httpsPort: number
  /** The ports of the two Polldocks. */
  polldocks: readonly [number, number]
  /** Files in PEM. */
  certificate: { chain: string; key: string; both: string }
}

/** Texts of a configuration, and what the tests write instead. Each must occur. */
type Changes = [from: string, to: string][]

export type Protocol = 'h2' | 'http/1.1'

export type ProxyKind = {
  name: 'nginx' | 'HAProxy' | 'Apache' | 'Caddy' | 'Traefik'
  /** The best that it offers to browsers. */
  protocol: Protocol
  /** In `docs/proxies`; the program is given the first one. */
  files: string[]
  program(): Promise<Program | undefined>
  /** Changes of each file, besides the addresses of Polldock. */
  changes(site: ProxySite): Changes[]
  /** Other files that the program needs, by name. */
  otherFiles?(site: ProxySite, program: Program): Promise<Record<string, string>>
  args(config: string): string[]
  versionArgs: string[]
}

const isRoot = process.getuid?.() === 0
const loopback = (port: number) => `127.0.0.1:${port}`
const name = 'polls.example.org'
const letsencrypt = `/etc/letsencrypt/live/${name}`

const nginx: ProxyKind = {
  name: 'nginx',
  protocol: 'h2',
  files: ['nginx.conf'],
  program: () => unpackedProgram('nginx', 'usr/sbin/nginx'),
  changes: ({ folder, httpPort, httpsPort, certificate }) => [
    [
      ['/run/nginx.pid', join(folder, 'nginx.pid')],
      ['/var/log/nginx/error.log', 'stderr'],
      ['http {', `http {\n${temporaryFolders(folder)}`],
      ['listen 80;', `listen ${loopback(httpPort)};`],
      ['listen [::]:80;', ''],
      ['/var/www/html', folder],
      ['listen 443 ', `listen ${loopback(httpsPort)} `],
      ['listen [::]:443 ssl http2;', ''],
      [`${letsencrypt}/fullchain.pem`, certificate.chain],
      [`${letsencrypt}/privkey.pem`, certificate.key],
      [name, 'localhost'],
    ],
  ],
  args: (config) => ['-c', config, '-e', 'stderr', '-g', 'daemon off;'],
  versionArgs: ['-v'],
}

/** Debian's nginx was built to use folders that its package makes. */
function temporaryFolders(folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n')
}

const haproxy: ProxyKind = {
  name: 'HAProxy',
  protocol: 'h2',
  files: ['haproxy.cfg'],
  program: () => unpackedProgram('haproxy', 'usr/sbin/haproxy'),
  changes: ({ httpPort, httpsPort, certificate }) => [
    [
      // Its package makes these.
      ['\tuser haproxy\n', ''],
      ['\tgroup haproxy\n', ''],
      ['\tchroot /var/lib/haproxy\n', ''],
      ['log /dev/log local0', 'log stderr format raw local0'],
      ['bind :80,[::]:80', `bind ${loopback(httpPort)}`],
      ['bind :443,[::]:443', `bind ${loopback(httpsPort)}`],
      ['scheme https', `location https://localhost:${httpsPort}%[capture.req.uri]`],
      ['/etc/haproxy/polls.pem', certificate.both],
    ],
  ],
  args: (config) => ['-db', '-f', config],
  versionArgs: ['-v'],
}

const apache: ProxyKind = {
  name: 'Apache',
  protocol: 'http/1.1',
  files: ['apache.conf'],
  program: () => unpackedProgram('apache2-bin', 'usr/sbin/apache2'),
  changes: ({ folder, httpPort, httpsPort, certificate }) => [
    [
      ['*:80', loopback(httpPort)],
      ['*:443', loopback(httpsPort)],
      [`https://${name}/`, `https://localhost:${httpsPort}/`],
      ['/var/www/html', folder],
      [`${letsencrypt}/fullchain.pem`, certificate.chain],
      [`${letsencrypt}/privkey.pem`, certificate.key],
      [name, 'localhost'],
    ],
  ],
  otherFiles: async ({ folder, httpPort, httpsPort }, program) => ({
    'main.conf': [
      `ServerRoot ${folder}`,
      `PidFile ${join(folder, 'apache.pid')}`,
      'ServerName localhost',
      'ErrorLog /dev/stderr',
      ...(isRoot ? ['User nobody', 'Group nogroup'] : []),
      `Listen ${loopback(httpPort)}`,
      `Listen ${loopback(httpsPort)}`,
      ...(await apacheModules(program)),
      // Enabled by default on Debian.
      'RequestReadTimeout header=20-40,minrate=500',
      'RequestReadTimeout body=10,minrate=500',
      `Include ${join(folder, 'apache.conf')}`,
    ].join('\n'),
  }),
  args: (config) => ['-DFOREGROUND', '-f', join(config, '../main.conf')],
  versionArgs: ['-v'],
}

/** The modules that Debian enables and the configuration keeps, those that the configuration names, and one that ssl then brings with it. */
async function apacheModules({ folder = '' }: Program): Promise<string[]> {
  const text = await readFile(fileOf('apache.conf'), 'utf8')
  const enabled = [...text.matchAll(/a2enmod (.+)/g)].flatMap(([, names = '']) => names.split(' '))
  const byDefault = ['alias', 'authz_core', 'filter', 'reqtimeout', 'setenvif', 'socache_shmcb']
  return [...byDefault, ...enabled].map(
    (module) => `LoadModule ${module}_module ${join(folder, 'usr/lib/apache2/modules', `mod_${module}.so`)}`,
  )
}

const caddy: ProxyKind = {
  name: 'Caddy',
  protocol: 'h2',
  files: ['Caddyfile'],
  program: () => unpackedProgram('caddy', 'usr/bin/caddy'),
  changes: ({ httpPort, httpsPort, certificate }) => [
    [
      [
        'grace_period 5s',
        `grace_period 5s\nadmin off\ndefault_bind 127.0.0.1\nhttp_port ${httpPort}\nhttps_port ${httpsPort}\nskip_install_trust`,
      ],
      [`${name} {`, `localhost {\ntls ${certificate.chain} ${certificate.key}`],
    ],
  ],
  args: (config) => ['run', '--adapter', 'caddyfile', '--config', config],
  versionArgs: ['version'],
}

const traefik: ProxyKind = {
  name: 'Traefik',
  protocol: 'h2',
  files: ['traefik.yml', 'traefik-polldock.yml'],
  program: async () => {
    const path = await installedTraefik()
    return path ? { path } : undefined
  },
  changes: ({ folder, httpPort, httpsPort, certificate: { chain, key } }) => [
    [
      ["':80'", loopback(httpPort)],
      ["':443'", loopback(httpsPort)],
      ['certResolver: letsencrypt', ''],
      ['/var/lib/traefik/acme.json', join(folder, 'acme.json')],
      ['/etc/traefik/', `${folder}/`],
    ],
    [
      [name, 'localhost'],
      ['http:\n  routers', `tls:\n  certificates:\n    - { certFile: ${chain}, keyFile: ${key} }\n\nhttp:\n  routers`],
    ],
  ],
  args: (config) => [`--configFile=${config}`],
  versionArgs: ['version'],
}

export const proxyKinds = [nginx, haproxy, apache, caddy, traefik]

function fileOf(file: string): string {
  return join(import.meta.dirname, '../../docs/proxies', file)
}

/** The configurations for this site, by the names of their files. */
export async function configurationsFor(kind: ProxyKind, site: ProxySite): Promise<Record<string, string>> {
  const [first, second] = site.polldocks
  const addresses: Changes = [
    ['127.0.0.1:3300', loopback(first)],
    ['127.0.0.1:3310', loopback(second)],
  ]
  const changes = kind.changes(site)
  // Traefik has the addresses in its last file.
  changes.at(-1)?.push(...addresses)
  const texts = await Promise.all(kind.files.map((file) => readFile(fileOf(file), 'utf8')))
  return Object.fromEntries(
    kind.files.map((file, index) => [file, changed(file, texts[index] as string, changes[index] as Changes)]),
  )
}

function changed(file: string, text: string, changes: Changes): string {
  let result = text
  for (const [from, to] of changes) {
    if (!result.includes(from)) throw new Error(`docs/proxies/${file} no longer has ${from}`)
    result = result.replaceAll(from, to)
  }
  return result
}
