import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { eventKinds } from '../../../src/chat/wording.ts'
import { readConfig } from '../../../src/config.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { openServices, type Services } from '../../../src/services.ts'
import { type ProcessEnvironment, processEnvironment } from '../../support/database.ts'
import { type MatrixStandIn, startMatrix } from '../../support/matrix.ts'
import { freshlyShown } from '../../support/matrix-judge.ts'
import type { MatrixPerson } from '../../support/matrix-person.ts'
import { matrixEnvironment } from '../../support/matrix-rooms.ts'
import { createPerson, createPoll, expectConsistent } from '../../support/polls.ts'
import { freePort } from '../../support/postgres-server.ts'
import { startPolldock } from '../../support/process.ts'

let environment: ProcessEnvironment
let server: MatrixStandIn

// Removed once the processes have ended, which the tests start later.
beforeEach(async ({ onTestFinished }) => {
  environment = await processEnvironment()
  server = await startMatrix()
  onTestFinished(async () => {
    await server.close()
    await environment.remove()
  })
})

const perPerson = 25

test('after three kill -9 while people write and vote in a room, everything is counted once', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const variables = {
    ...{ ...environment.variables, ...matrixEnvironment(server) },
    ...{ PORT: String(port), RATE_LIMIT: 'off', SECRET: 'x'.repeat(32) },
  }
  server.pushTo(url)
  const people = await Promise.all(['Ann', 'Ben', 'Cleo'].map((name) => server.person(name)))
  const bot = server.userId('polldock')
  const power = { power_level_content_override: { users: { [bot]: 50 } } }
  const room = await people[0]?.createRoom({ preset: 'public_chat', invite: [bot], ...power })
  for (const person of [...people.slice(1), server.appService()]) await person.join(room as string)
  const poll = await inDatabase(variables, (services) => connectWithPoll(services, room as string))

  let polldock = await startPolldock(variables)
  const root = await rootIn(people[0] as MatrixPerson, room as string)
  const writing = Promise.all(people.map((person) => writeOnAndOn(person, room as string, root)))
  for (const _ of [1, 2, 3]) {
    await sleep(400)
    polldock.send('SIGKILL')
    await polldock.ended
    polldock = await startPolldock(variables)
  }
  await writing
  const total = perPerson * people.length
  await expect.poll(() => numberOf(url, poll), { timeout: 60_000 }).toEqual([total, people.length])
  await expect.poll(() => server.pusher.backlog).toBe(0)
  const shown = async () => (await freshlyShown(people[0] as MatrixPerson, room as string)).polls
  await expect.poll(shown).toMatchObject([{ counts: { Pizza: 0, Sushi: 0, Falafel: people.length } }])
  polldock.send('SIGTERM')
  await polldock.ended

  await inDatabase(variables, async ({ database, polls }) => {
    await expectConsistent(database, poll.id)
    const comments = await polls.comments(poll.id, { limit: 1_000 })
    for (const name of ['Ann', 'Ben', 'Cleo']) {
      const theirs = comments.filter(({ author }) => author.name === name).map(({ body }) => body)
      expect(theirs.toReversed()).toEqual(Array.from({ length: perPerson }, (_, index) => `Line ${index}`))
    }
    // Everybody voted for the last option last.
    const { options } = (await polls.view(poll.id)).poll
    expect(options.map(({ votes }) => votes)).toEqual([0, 0, people.length])
  })
})

async function inDatabase<Result>(variables: Record<string, string>, act: (services: Services) => Promise<Result>) {
  const { services, close } = await openServices(readConfig(variables))
  try {
    return await act(services)
  } finally {
    await close()
  }
}

async function connectWithPoll(services: Services, room: string): Promise<Poll> {
  const by = await createPerson(services.database)
  await services.connections.create({
    ...{ chat: 'matrix', name: 'Polls', roomName: 'Lunch room', roomUrl: null, externalId: room, address: { room } },
    ...{ categories: [], eventKinds: [...eventKinds], start: 'new-polls', createdBy: by },
    credentials: await services.credentials.seal(room),
  })
  return createPoll(services.ballotBox, by)
}

async function rootIn(person: MatrixPerson, room: string): Promise<string> {
  const find = async () =>
    (await person.messages(room)).find(({ content }) => /eat lunch/.test(String(content.body)))?.event_id
  await expect.poll(find).toBeDefined()
  return (await find()) as string
}

async function writeOnAndOn(person: MatrixPerson, room: string, root: string): Promise<void> {
  for (let index = 0; index < perPerson; index++) {
    await person.reply(room, root, `Line ${index}`)
    await person.reply(room, root, `!vote ${1 + (index % 2)}`)
    await sleep(40)
  }
  await person.reply(room, root, '!vote 3')
}

/** Of comments, and of votes for the last option. */
async function numberOf(url: string, { id }: Poll): Promise<[comments: number | undefined, votes: number | undefined]> {
  const answer = await fetch(`${url}/api/polls/${id}`).catch(() => undefined)
  if (!answer?.ok) return [undefined, undefined]
  const poll = (await answer.json()) as { comments: number; options: { votes: number }[] }
  return [poll.comments, poll.options.at(-1)?.votes]
}
