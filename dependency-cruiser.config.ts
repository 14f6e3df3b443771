import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser'

/** What pages and the API read of polls and people. */
const domain = ['polls/model', 'polls/rules', 'polls/counting', 'polls/queries', 'people/model']

/**
 * The modules of `src/`, from the bottom up, each with all that it may import. A name that ends in `.ts` is one file. Any
 * other name is a folder, without the modules inside it.
 */
export const modules: Record<string, readonly string[]> = {
  'errors.ts': [],
  'config.ts': [],
  'server/health.ts': [],
  sandbox: [],
  tracing: ['config.ts'],
  database: ['config.ts', 'errors.ts'],
  queue: ['database', 'tracing'],
  'sandbox/beside.ts': ['config.ts', 'database', 'sandbox', 'chat/flowdock', 'chat/matrix'],

  'people/model': [],
  'people/sql.ts': ['database'],
  'polls/model': ['people/model'],
  'polls/counting': ['polls/model'],
  'polls/rules': ['errors.ts', 'people/model', 'polls/model', 'polls/counting'],
  'polls/inputs': ['polls/model', 'polls/rules'],
  'polls/anonymous': ['database', 'polls/model', 'polls/rules'],
  'polls/rankings': ['errors.ts', 'database', 'polls/model', 'polls/counting'],
  'polls/ballot-box': [
    ...['errors.ts', 'database', 'tracing', 'people/model', 'people/sql.ts'],
    ...['polls/model', 'polls/counting', 'polls/rules', 'polls/anonymous', 'polls/rankings'],
  ],
  'polls/queries': [
    ...['errors.ts', 'database', 'people/model', 'people/sql.ts'],
    ...['polls/model', 'polls/ballot-box'],
  ],
  people: [
    ...['errors.ts', 'database', 'people/model', 'people/sql.ts'],
    ...['polls/inputs', 'polls/ballot-box', 'polls/queries'],
  ],
  live: ['database', 'polls/model', 'polls/ballot-box', 'polls/queries'],

  chat: ['config.ts', 'people/model', 'polls/model', 'polls/rules', 'polls/counting'],
  'chat/connections': [
    ...['errors.ts', 'database', 'people/model', 'people/sql.ts', 'chat'],
    ...['polls/model', 'polls/rules', 'polls/ballot-box', 'polls/queries'],
  ],
  'chat/delivery': [
    ...['database', 'queue', 'tracing', 'people', 'polls/model', 'polls/ballot-box', 'polls/queries'],
    ...['chat', 'chat/connections'],
  ],
  'chat/inbox': ['database', 'queue', 'tracing', 'chat/delivery'],
  'chat/comments': [
    ...['errors.ts', 'database', 'people', 'people/model', 'polls/model', 'polls/inputs', 'polls/ballot-box'],
    ...['chat', 'chat/connections', 'chat/delivery'],
  ],
  'chat/http': ['chat'],
  'chat/flowdock': ['config.ts', 'people/model', 'polls/model', 'chat', 'chat/http'],
  'chat/flowdock/posting': ['people/model', 'polls/model', 'polls/rules', 'chat', 'chat/http', 'chat/flowdock'],
  'chat/flowdock/reading': ['chat', 'chat/http', 'chat/flowdock'],
  'chat/flowdock/open.ts': [
    ...['config.ts', 'chat', 'chat/flowdock', 'chat/flowdock/posting', 'chat/flowdock/reading'],
  ],
  'chat/matrix': ['config.ts', 'chat', 'chat/http'],
  'chat/matrix/registration': ['config.ts', 'chat/matrix'],
  'chat/matrix/connecting': ['config.ts', 'chat', 'chat/http', 'chat/matrix', 'chat/matrix/posting'],
  'chat/matrix/posting': ['people/model', 'polls/model', 'polls/rules', 'chat', 'chat/matrix'],
  'chat/matrix/native': [
    ...['people/model', 'polls/model', 'polls/rules', 'chat', 'chat/matrix', 'chat/matrix/posting'],
  ],
  'chat/matrix/matrix-chat.ts': [
    ...['config.ts', 'polls/model', 'chat', 'chat/http'],
    ...['chat/matrix', 'chat/matrix/connecting', 'chat/matrix/native', 'chat/matrix/posting'],
  ],
  'chat/matrix/receiving': [
    ...['errors.ts', 'services.ts', 'people/model', 'polls/model', 'polls/inputs'],
    ...[
      'chat/comments',
      'chat/http',
      'chat/inbox',
      'chat/matrix',
      'chat/matrix/matrix-chat.ts',
      'chat/matrix/native',
      'chat/matrix/posting',
      'chat/matrix/signing-in',
    ],
  ],
  'chat/matrix/signing-in': [...['services.ts', 'server', 'server/pages', 'people', 'chat/matrix']],
  'chat/matrix/matrix.ts': [
    ...['services.ts', 'chat/matrix', 'chat/matrix/matrix-chat.ts', 'chat/matrix/receiving', 'chat/matrix/signing-in'],
  ],
  'chat/matrix/open.ts': ['config.ts', 'chat', 'chat/matrix', 'chat/matrix/matrix-chat.ts'],
  'chat/webhook': [
    ...['config.ts', 'people/model', 'polls/inputs', 'chat', 'chat/http'],
    ...['api/representation.ts', 'api/event-representation.ts'],
  ],
  'chat/chats.ts': [
    ...['config.ts', 'chat', 'chat/flowdock', 'chat/flowdock/open.ts', 'chat/matrix', 'chat/matrix/open.ts'],
    ...['chat/webhook'],
  ],
  metrics: ['config.ts', 'database', 'polls/ballot-box', 'chat/delivery'],

  'services.ts': [
    ...['config.ts', 'database', 'tracing', 'server/health.ts', 'people', 'live', 'metrics'],
    ...['polls/anonymous', 'polls/ballot-box', 'polls/queries', 'polls/rankings'],
    ...['chat', 'chat/chats.ts', 'chat/connections', 'chat/delivery', 'chat/comments', 'chat/inbox'],
  ],
  jobs: [
    ...['services.ts', 'database', 'server/health.ts', 'people'],
    ...['polls/anonymous', 'polls/ballot-box', 'polls/queries'],
    ...['chat/connections', 'chat/delivery', 'chat/inbox'],
  ],

  server: [
    ...['config.ts', 'errors.ts', 'services.ts', 'database/failures.ts', 'people', 'people/model'],
    ...['polls/model', 'polls/rules', 'polls/anonymous', 'chat'],
  ],
  'server/pages': [
    ...['errors.ts', 'services.ts', 'server', 'people', 'people/model', 'polls/model', 'polls/inputs'],
    ...['chat', 'chat/connections'],
  ],
  'api/rule-schemas.ts': ['polls/model', 'polls/inputs'],
  'api/representation.ts': [...domain, 'api/rule-schemas.ts'],
  'api/event-representation.ts': ['polls/model', 'polls/rules', 'api/representation.ts', 'api/rule-schemas.ts'],
  api: [
    ...['errors.ts', 'services.ts', 'server', 'people', 'live', ...domain],
    ...['polls/anonymous', 'polls/ballot-box', 'polls/inputs'],
    ...['api/representation.ts', 'api/event-representation.ts'],
  ],
  web: [
    ...['errors.ts', 'services.ts', 'server', 'server/pages', 'people', 'live', ...domain],
    ...['polls/anonymous', 'polls/ballot-box', 'polls/inputs', 'chat', 'chat/chats.ts', 'chat/connections'],
  ],
  'chat/flowdock/actions': [
    ...['config.ts', 'errors.ts', 'services.ts', 'server'],
    ...['people', 'people/model', 'polls/model', 'polls/ballot-box', 'chat', 'chat/flowdock'],
  ],
  'chat/flowdock/pairing': [
    ...['services.ts', 'server', 'server/pages', 'people', 'people/model'],
    ...['polls/inputs', 'polls/ballot-box'],
    ...['chat/connections', 'chat/flowdock', 'chat/flowdock/actions', 'chat/flowdock/reading'],
  ],
  'chat/flowdock/flowdock.ts': [
    ...['services.ts', 'server', 'server/pages'],
    ...['chat/flowdock', 'chat/flowdock/actions', 'chat/flowdock/pairing'],
  ],

  'chat/routes.ts': [
    ...['services.ts', 'chat/flowdock', 'chat/flowdock/flowdock.ts'],
    ...['chat/matrix/matrix.ts', 'chat/matrix/receiving'],
  ],

  'app.ts': [
    ...['config.ts', 'services.ts', 'server', 'server/health.ts', 'server/pages', 'metrics'],
    ...['web', 'api', 'chat/routes.ts'],
  ],
  'main.ts': [
    ...['app.ts', 'config.ts', 'services.ts', 'server', 'database', 'jobs', 'metrics', 'tracing'],
    ...['sandbox/beside.ts', 'chat/chats.ts'],
  ],
}

/** The module that holds this file, a path in `src/`; undefined when none does. */
export function moduleOf(path: string): string | undefined {
  const holders = Object.keys(modules).filter((name) => path === name || path.startsWith(`${name}/`))
  return holders.toSorted((one, other) => other.length - one.length)[0]
}

/** Matches the files of a module, or one file of it. */
function filesOf(name: string): string {
  if (name.endsWith('.ts')) return `^src/${name.replaceAll('.', '[.]')}$`
  const inside = Object.keys(modules).filter((other) => other.startsWith(`${name}/`))
  const others = inside.map((other) => other.slice(name.length + 1) + (other.endsWith('.ts') ? '$' : '/'))
  return others.length === 0 ? `^src/${name}/` : `^src/${name}/(?!${others.join('|').replaceAll('.', '[.]')})`
}

const packages = (...names: string[]) => `(^|node_modules/)(${names.join('|')})(/|$)`

const allowList = Object.entries(modules).map(([name, allowed]): IForbiddenRuleType => {
  const to = { path: '^src/', pathNot: [name, ...allowed].map(filesOf) }
  return { name: `${name} imports only what is allowed`, severity: 'error', from: { path: filesOf(name) }, to }
})

const rules: IForbiddenRuleType[] = [
  {
    name: 'no circular imports, type imports included',
    from: {},
    to: { circular: true },
  },
  {
    name: 'every file belongs to a module',
    from: { path: '^src/', pathNot: Object.keys(modules).map(filesOf) },
    to: {},
  },
  {
    name: 'polls and people know no HTTP, HTML or metrics',
    from: { path: '^src/(polls|people)/' },
    to: { path: ['^(node:)?https?$', packages('@?fastify[^/]*', 'eta', 'undici', '@prometheus-io')] },
  },
  {
    name: 'rules and counting reach no package, no input or output, no database',
    from: { path: '^src/polls/(rules|counting)/' },
    to: {
      path: '.',
      pathNot: [
        '^src/(polls/|people/model/person-name[.]ts$|errors[.]ts$)',
        // JavaScript will have this itself.
        packages('temporal-polyfill'),
      ],
      reachable: true,
    },
  },
  {
    name: 'pages, API and chat routes know no database',
    from: { path: '^src/(web|api|chat/flowdock|server/pages)/' },
    to: { path: packages('@prisma', 'pg', '@electric-sql') },
  },
  {
    name: 'only tracing knows OpenTelemetry',
    from: { pathNot: '^src/tracing/' },
    to: { path: packages('@opentelemetry', '@fastify/otel', '@prisma/instrumentation') },
  },
  {
    name: 'OpenTelemetry is loaded only when tracing is on',
    from: {},
    to: { path: '^src/tracing/opentelemetry[.]ts$', dynamic: false },
  },
].map((rule) => ({ severity: 'error', ...rule }))

export default {
  forbidden: [...rules, ...allowList],
  options: {
    // dependency-cruiser cannot parse with TypeScript 7 yet. This parser also sees type imports.
    parser: 'swc',
    doNotFollow: { path: ['node_modules', '^src/database/generated/'] },
    enhancedResolveOptions: { extensions: ['.ts'] },
  },
} satisfies IConfiguration
