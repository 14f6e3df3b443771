import { beforeEach, expect, test } from 'vitest'
import { type Box, openSandbox, ticket } from './box.ts'

/* The original Polldock sends activities; see clients/original-polldock.test.ts for all its requests. */

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

test.each(['external_id', 'thread_id'])('%s is an older name for the poster’s own id of the thread', async (name) => {
  const { external_thread_id: id, ...activity } = ticket
  await box.call('POST', '/activities', { ...activity, [name]: id, token: box.connect().flowToken })
  expect(box.world.flows[0]?.threads.list()).toMatchObject([{ externalId: id, activities: 1 }])
})

test.each(['[]', '1', 'null', '{}', '{"token":{}}'])('an invalid activity is refused: %s', async (body) => {
  expect([400, 401]).toContain((await box.call('POST', '/activities', body)).status)
})
