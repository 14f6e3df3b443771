import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { unavailability } from '../../src/database/failures.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { OutboxHook } from '../../src/polls/ballot-box/batch.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPerson, createPoll } from '../support/polls.ts'

let database: Database

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.close())

const boxWith = (alongside: OutboxHook) =>
  new BallotBox(
    database,
    () => new Date(),
    () => {},
    alongside,
  )

test('the outbox hook sees the batch, and is called again after the commit', async () => {
  const seen: string[] = []
  const box = boxWith(async (tx, [committed]) => {
    const id = committed?.poll.id as string
    const [row] = await tx.$queryRaw<{ revision: number }[]>`SELECT revision FROM polls WHERE id = ${id}`
    seen.push(`revision ${row?.revision}`)
    return () => void seen.push('committed')
  })
  await createPoll(box, await createPerson(database))
  expect(seen).toEqual(['revision 1', 'committed'])
})

test('a failing hook rolls back the batch', async () => {
  const box = boxWith(() => Promise.reject(new Error('No more jobs.')))
  const ann = await createPerson(database)
  await expect(createPoll(box, ann)).rejects.toThrow('No more jobs.')
  expect(await database.prisma.poll.count({ where: { createdById: ann.id } })).toBe(0)
})

test('a command that changes nothing does not call the hook', async () => {
  const ann = await createPerson(database)
  const poll = await createPoll(
    boxWith(async () => () => {}),
    ann,
  )
  const box = boxWith(() => Promise.reject(new Error('There is nothing to tell.')))
  expect((await box.submit({ pollId: poll.id, command: { by: ann, type: 'reopen' } })).events).toEqual([])
})

describe('when the database rolls back a deadlock', () => {
  const deadlocked = (times: number) =>
    boxWith(async (tx) => {
      if (times-- > 0) await tx.$executeRaw`DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$`
      return () => {}
    })

  test('the batch is repeated', async () => {
    const poll = await createPoll(deadlocked(1), await createPerson(database))
    expect(poll).toMatchObject({ revision: 1 })
  })

  test('repeated deadlocks fail as an unavailable database', async () => {
    const error = await createPoll(deadlocked(9), await createPerson(database)).catch((reason: unknown) => reason)
    expect(unavailability(error)?.code).toBe('unavailable')
  })
})
