import { expect, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import { openMatrixApp } from '../../support/matrix-app.ts'
import { createPerson } from '../../support/polls.ts'

const app = await closedAtEnd(openMatrixApp())
const ann = await app.server.person('Ann')

/** What is said meanwhile is not pushed, now or later. */
async function unpushed(act: () => Promise<unknown>): Promise<void> {
  await app.settled()
  app.server.registration.url = null
  await act()
  app.server.pushTo(app.url)
}

const bodies = async (pollId: string) =>
  (await app.services.polls.comments(pollId, { limit: 500 })).toReversed().map(({ body }) => body)
const isComplete = async () => (await app.database.prisma.inboxState.findFirst())?.missingSince === null

test('what a homeserver lost when it stopped is read from the room, in order and once', async () => {
  const { room } = await app.connectedRoom(ann)
  const { poll, root } = await app.postedPoll(room, await createPerson(app.database))
  await ann.reply(room, root, 'Before')
  const lost = Array.from({ length: 150 }, (_, index) => `Lost ${index}`)
  await unpushed(async () => {
    for (const text of lost) await ann.reply(room, root, text)
  })
  await app.server.restart()
  await ann.reply(room, root, 'After')
  await expect.poll(async () => (await bodies(poll.id)).length).toBe(152)
  await expect.poll(isComplete).toBe(true)
  await app.settled()
  const all = await bodies(poll.id)
  expect(all.filter((body) => body.startsWith('Lost'))).toEqual(lost)
  expect(new Set(all)).toEqual(new Set(['Before', ...lost, 'After']))
})

test('a vote that was lost does not undo a later one', async () => {
  const { room } = await app.connectedRoom(ann)
  const { poll, root } = await app.postedPoll(room, await createPerson(app.database))
  await unpushed(() => ann.reply(room, root, '!vote 1'))
  await ann.reply(room, root, '!vote 2')
  await app.settled()
  await app.services.inbox.searchMissed('matrix')
  await expect.poll(isComplete).toBe(true)
  await app.settled()
  const { options, totalVotes } = (await app.services.polls.view(poll.id)).poll
  expect([options.map(({ votes }) => votes), totalVotes]).toEqual([[0, 1, 0], 1])
})

test('a ping makes Polldock read what was lost', async () => {
  const { room } = await app.connectedRoom(ann)
  const { poll, root } = await app.postedPoll(room, await createPerson(app.database))
  await unpushed(() => ann.reply(room, root, 'Lost'))
  await app.server.appService().do('POST', `v1/appservice/${app.server.registration.id}/ping`, {})
  await expect.poll(() => bodies(poll.id)).toEqual(['Lost'])
})

test('what people wrote before the bot joined is not read', async () => {
  const room = await ann.createRoom({ preset: 'public_chat' })
  await ann.say(room, '!poll "An old question?" "Yes" "No"')
  await ann.invite(room, app.bot)
  await expect.poll(async () => (await app.said(ann, room)).length).toBe(1)
  await app.services.inbox.searchMissed('matrix')
  await expect.poll(isComplete).toBe(true)
  await app.settled()
  expect(await app.said(ann, room)).toHaveLength(1)
})

test('while the homeserver does not answer, the search is repeated until it does', async () => {
  const { room } = await app.connectedRoom(ann)
  const { poll, root } = await app.postedPoll(room, await createPerson(app.database))
  await unpushed(() => ann.reply(room, root, 'Lost'))
  app.server.faults.set({ kind: 'status', status: 503, method: 'GET', path: '/_matrix/client/v3/rooms/' })
  await app.services.inbox.searchMissed('matrix')
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await isComplete()).toBe(false)
  app.server.faults.clear()
  await expect.poll(() => bodies(poll.id)).toEqual(['Lost'])
})
