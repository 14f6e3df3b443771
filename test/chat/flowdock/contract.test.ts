import { parse } from 'node-html-parser'
import { connect, disconnect } from '../../../src/sandbox/state/inbox.ts'
import type { InboxEntry } from '../../../src/sandbox/state/types.ts'
import { application } from '../../sandbox/box.ts'
import { flowdockVariables, openFlowdock } from '../../support/flowdock-app.ts'
import { chatContract } from '../contract/contract.ts'
import { FaultyHttp, faultsOf } from '../contract/faulty-http.ts'
import type { ChatStage, StagedRoom } from '../contract/stage.ts'

chatContract('Flowdock', async (): Promise<ChatStage> => {
  const { sandbox, url } = await openFlowdock()
  const http = await FaultyHttp.open(url, (_method, path) => path === '/messages')
  const [flow] = sandbox.world.flows
  const [creator] = sandbox.world.users
  if (!flow || !creator) throw new TypeError('The sandbox is empty.')

  const room = async (): Promise<StagedRoom> => {
    const source = connect(flow, { name: 'Polls', externalUrl: null, application, creator })
    const isOwn = (entry: object): entry is InboxEntry =>
      'source' in entry && (entry as InboxEntry).source.id === source.id
    return {
      externalId: String(source.id),
      credentials: source.flowToken,
      messages: () => flow.messages.list().filter(isOwn).map(messageOf),
      state: () => {
        const thread = flow.threads.list().findLast((one) => one.source.id === source.id)
        const fields = thread?.fields.map(({ label, value }) => `${label}: ${read(value)}`) ?? []
        return [read(thread?.title), read(thread?.body), thread?.status?.value, ...fields].join('\n')
      },
      error: () => sandbox.world.sources.get(source.id)?.errorMessage ?? '',
    }
  }

  return {
    key: 'flowdock',
    environment: flowdockVariables(http.url),
    connect: room,
    fault: faultsOf(http, {
      'rate limit': (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds) } }),
      gone: ({ externalId }) => {
        const source = sandbox.world.sources.get(Number(externalId))
        if (source) disconnect(flow, source)
      },
      unauthorized: { status: 401 },
      invalid: { status: 400, body: '{"message":"Validation error","errors":{"title":["is too long"]}}' },
    }),
    showsRepeatsOnce: false,
    takeSent: () => http.takeSeen().map(({ method, path, body }) => `${method} ${path} ${body}`),
    connections: () => http.connections,
    close: async () => {
      await http.close()
      await sandbox.app.close()
    },
  }
})

/** Flowdock shows titles and bodies as HTML. */
function messageOf({ uuid, author, title, body }: InboxEntry) {
  return { id: uuid ?? '', text: `${author.name} ${read(title)}\n${read(body)}` }
}

function read(html: string | null | undefined): string {
  return parse(html ?? '').structuredText
}
