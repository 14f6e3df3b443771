import { expect, test } from 'vitest'
import { closedAtEnd } from '../support/at-end.ts'
import { openFlowdockApp, type Paired, quickTiming } from '../support/flowdock-app.ts'
import { picks } from '../support/picks.ts'
import { createPerson } from '../support/polls.ts'

const app = await closedAtEnd(openFlowdockApp({ ...quickTiming, hold: { quietMs: 1_000, maxMs: 20_000 } }))

const untilPosted = (paired: Paired, count: number) =>
  expect.poll(() => app.titles(paired), { timeout: 8_000 }).toHaveLength(count)

test('options that a person chooses one by one are one message, however many', async () => {
  const paired = await app.pair()
  const ann = await createPerson(app.database)
  const options = Array.from({ length: 10 }, (_, place) => `Topping ${place}`)
  const poll = await app.newPoll(ann, { method: 'multiple_choice', options })
  const ids = poll.options.map(({ id }) => id)
  for (const place of ids.keys())
    await app.submit(poll, { by: ann, type: 'castVote', choices: picks(...ids.slice(0, place + 1)) })
  await untilPosted(paired, 2)
  expect(app.posted(paired).at(-1)?.body).toContain('The last of 10 changes')
  await app.submit(poll, { by: ann, type: 'comment', body: 'Done' })
  await untilPosted(paired, 3)
  expect(app.titles(paired).at(-1)).toBe('commented')
})

test('changes of mind after a vote are one message, however many', async () => {
  const paired = await app.pair()
  const ann = await createPerson(app.database)
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  await untilPosted(paired, 2)
  for (let turn = 1; turn <= 12; turn++) await app.vote(poll, ann, turn % 2)
  await untilPosted(paired, 3)
  expect(app.posted(paired).at(-1)?.body).toContain('The last of 12 changes')
  await app.submit(poll, { by: ann, type: 'comment', body: 'Done' })
  await untilPosted(paired, 4)
  expect(app.titles(paired).at(-1)).toBe('commented')
})
