import type { FastifyInstance } from 'fastify'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { openTestApp, type TestApp, type TestAppOptions } from './app.ts'
import { actionBody, clientSecret, flowdockToken, type TokenParts } from './flowdock-token.ts'
import { createPerson, createPoll } from './polls.ts'

/** The second secret of the client, which is being replaced. */
export const oldSecret = 'known to both until lately'

/** The address of Flowdock does not matter: actions send no request to it. */
const flowdockEnv = {
  FLOWDOCK_API_URL: 'http://127.0.0.1:1',
  FLOWDOCK_CLIENT_ID: 'polldock',
  FLOWDOCK_CLIENT_SECRET: `${clientSecret},${oldSecret}`,
}

/** The body for the action at this place of the app's. */
export function bodyFor(place: string, target: Record<string, unknown> = {}): string {
  return actionBody(`http://localhost:3300/flowdock/actions/polls/${place}`, target)
}

/** Sends the app this action of this account, as Flowdock does. */
export async function pickAs(
  { app, clock }: Pick<TestApp, 'app' | 'clock'>,
  accountId: string,
  place: string,
  parts: TokenParts = {},
) {
  const body = bodyFor(place)
  const token = flowdockToken(accountId, clock.now(), { body, claims: { jti: crypto.randomUUID() }, ...parts })
  const headers = { 'flowdock-token': token, 'content-type': 'application/json' }
  return app.inject({ method: 'POST', url: `/flowdock/actions/polls/${place}`, headers, payload: body })
}

/** The deviations from Flowdock's request. */
export type Sent = {
  body?: string | Buffer | undefined
  type?: string
  app?: FastifyInstance
  method?: 'POST' | 'GET' | 'PUT'
}

/** Ann, who picks actions in Flowdock, and a poll of another person. */
export class FlowdockActions {
  readonly testApp: TestApp
  readonly ann: PersonName
  poll: Poll
  /** Ann's Flowdock account. */
  account = `${++accounts}`

  constructor(testApp: TestApp, ann: PersonName, poll: Poll) {
    this.testApp = testApp
    this.ann = ann
    this.poll = poll
  }

  /** Ann's account is known, and she has not voted. */
  static async begin(testApp: TestApp): Promise<FlowdockActions> {
    const { database, services } = testApp
    const poll = await createPoll(services.ballotBox, await createPerson(database))
    const actions = new FlowdockActions(testApp, await createPerson(database), poll)
    await link(testApp, actions.account, actions.ann)
    return actions
  }

  /** A token for the action at this place. */
  tokenOf(parts: TokenParts = {}, place = this.ballot()): string {
    return flowdockToken(this.account, this.testApp.clock.now(), { body: bodyFor(place), ...parts })
  }

  /** The place of the vote for an option of the poll. */
  ballot(option = 0): string {
    const { id, options, revision } = this.poll
    return `${id}/ballot/${options[option]?.id}?revision=${revision}`
  }

  /** Picks an action as Ann, with a token that is new. */
  pick(place: string) {
    return this.send(place, this.tokenOf({ claims: { jti: crypto.randomUUID() } }, place))
  }

  /** Sends what Flowdock would, with this token: also with one that is for another place. */
  async send(place: string, token: string | undefined, { type = 'application/json', ...sent }: Sent = {}) {
    const payload = 'body' in sent ? sent.body : bodyFor(place)
    const { statusCode, headers, body } = await (sent.app ?? this.testApp.app).inject({
      method: sent.method ?? 'POST',
      url: `/flowdock/actions/polls/${place}`,
      headers: { ...(payload !== undefined && { 'content-type': type }), ...(token && { 'flowdock-token': token }) },
      payload,
    })
    return { statusCode, headers, json: JSON.parse(body) as Record<string, unknown>, text: body }
  }

  /** How many the poll's options have. */
  async votes(): Promise<number[]> {
    const { poll } = await this.testApp.services.polls.view(this.poll.id)
    return poll.options.map((option) => option.votes)
  }

  /** What the poll's creator does on the web. */
  async creator(type: 'close' | 'reopen' | 'delete'): Promise<void> {
    const { id: pollId, createdBy: by } = this.poll
    await this.testApp.services.ballotBox.submit({ pollId, command: { by, type } })
  }
}

// Higher than those of the people in the sandbox.
let accounts = 1_000

/** Links an account of Flowdock to a person. */
export async function link({ database, clock }: TestApp, accountId: string, { id, name }: PersonName): Promise<void> {
  const row = { chat: 'flowdock', accountId, personId: id, name, sees: [], linkedAt: clock.now() }
  await database.prisma.chatAccount.create({ data: row })
}

/** The app, with Flowdock's secrets. */
export function openActionsApp(env: Record<string, string> = {}, options: TestAppOptions = {}): Promise<TestApp> {
  return openTestApp({ ...options, env: { ...flowdockEnv, ...env } })
}
