import { defineConfig } from 'vitest/config'
import { compileCache } from './test/support/quick-start.ts'

// For the processes that run the tests.
Object.assign(process.env, compileCache)

/** These need no database. All others run on PostgreSQL. */
const pure = [
  'test/architecture.test.ts',
  'test/chat/credentials.test.ts',
  'test/chat/matrix/{incoming,native/{native-polls,plan-sync.properties}}.test.ts',
  'test/chat/flowdock/{buttons,calls,client,messages,outcome,paths,reading,result,token}.test.ts',
  'test/chat/matrix/{client,config,connecting,health,outcome,registration}.test.ts',
  'test/chat/deliver-{backoff,messages,pace,plan,run}.test.ts',
  'test/chat/http/*.test.ts',
  'test/config.test.ts',
  'test/data-dir.test.ts',
  'test/deployment.test.ts',
  'test/database/{load-together,reopening,schema,taking-turns,upkeep}.test.ts',
  'test/docs.test.ts',
  'test/live/{live,poll-feed,stream-hub}.test.ts',
  'test/load-monitor.test.ts',
  'test/logged-error.test.ts',
  'test/module-graph.test.ts',
  'test/polls/{category-key,choosing,count-thread,date-option,direction,decide,decide.properties,inputs,option-key,renamed-options,time-zones,voter-list-text}.test.ts',
  'test/polls/anonymous.properties.test.ts',
  'test/polls/{counting,rules}/**/*.test.ts',
  'test/sandbox/**/!(flowdock-stream|hubot-flowdock).test.ts',
  'test/typed-views/typed-views.test.ts',
  'test/web/turns.test.ts',
  'test/signed-cookie.test.ts',
  'test/styles.test.ts',
  'test/table-owners.test.ts',
  'test/web/{date-fields,entries,vote-words}.test.ts',
  'test/words.test.ts',
]

/** These start Polldock, kill it, or drive other programs: each test takes many seconds. */
const processes = [
  'test/{crash,main,processes}.test.ts',
  'test/chat/{crash,matrix/crash,receive/receive}.test.ts',
  'test/sandbox/clients/{flowdock-stream,hubot-flowdock}.test.ts',
  'test/{proxies/*,web/text-browsers}.test.ts',
]

/** These start a real Matrix homeserver. */
const matrix = ['test/matrix/**/*.test.ts']

/**
 * The modules that store and read are tested on both databases. The modules above them are tested on PostgreSQL, and
 * these few also on the embedded database. It has one process, so it has no listener.
 */
const embedded = [
  'test/{database/!(listener|statements),jobs/*,people/*,polls/*,queue/*}.test.ts',
  'test/{hidden-results,rotating-secrets,shedding}.test.ts',
  'test/api/{ballot,idempotency,openapi,poll-list,stream}.test.ts',
  'test/chat/{deliver,following,inbox,open-polls}.test.ts',
  'test/chat/flowdock/{actions,linking}.test.ts',
  'test/chat/webhook/connecting.test.ts',
  'test/metrics/metrics.test.ts',
  'test/web/{anonymous-polls,ballot,dates,poll,poll-form,poll-list,stream}.test.ts',
]

/** With `CANARY` set each project runs only a test that must fail (`npm run test:canary`). */
const canary = process.env.CANARY ? ['test/canary/fails.ts'] : undefined

type Database = 'postgres' | 'embedded'

const onDatabase = (database: Database, include: string[]) => ({
  test: {
    name: database,
    include: canary ?? include,
    exclude: [...pure, ...processes, ...matrix],
    globalSetup: `test/support/${database}.setup.ts`,
  },
  extends: true as const,
})

/** A test fails at its time limit only if something hangs: on a busy machine the slowest take over a minute. */
const withProcesses = (database: Database, include: string[]) => ({
  test: {
    name: `processes-${database}`,
    include: canary ?? include,
    globalSetup: `test/support/${database}.setup.ts`,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
  extends: true as const,
})

export default defineConfig({
  test: {
    // Node runs the sources itself, as it does in production.
    experimental: { viteModuleRunner: false },
    // Files that run in the same process share what it has loaded: loading the app again for each took half of the time.
    isolate: false,
    // Much of a test is waiting: three of them keep two processors busy.
    maxWorkers: 3,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // A test that asserts nothing cannot fail.
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    projects: [
      { test: { name: 'pure', include: canary ?? pure }, extends: true },
      onDatabase('embedded', embedded),
      onDatabase('postgres', ['test/**/*.test.ts']),
      {
        test: { name: 'matrix', include: canary ?? matrix, globalSetup: 'test/support/embedded.setup.ts' },
        extends: true,
      },
      withProcesses('embedded', ['test/{crash,main}.test.ts', 'test/chat/{,matrix/}crash.test.ts']),
      withProcesses('postgres', processes),
    ],
  },
})
