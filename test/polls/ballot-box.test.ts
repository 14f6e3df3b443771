import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Committed } from '../../src/polls/ballot-box/batch.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import { newPollId } from '../../src/polls/model/ids.ts'
import { castVote } from '../support/cast-vote.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { createPeople, createPerson, createPoll, creation, expectConsistent, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
})

afterAll(() => database.close())

const ballots = (pollId: string) => database.prisma.ballot.findMany({ where: { pollId }, orderBy: { revision: 'asc' } })

describe('a command', () => {
  test('returns its events and the poll after them', async () => {
    const ann = await createPerson(database)
    const poll = await createPoll(box, ann)
    const answer = await box.submit({ pollId: poll.id, command: castVote(poll, ann, 1) })
    const choices = picks(poll.options[1]?.id)
    expect(answer.events).toEqual([{ revision: 2, actor: ann, at: clock.now(), facts: { type: 'voted', choices } }])
    expect(answer.choices).toEqual(choices)
    expect(answer.poll).toMatchObject({
      revision: 2,
      totalVotes: 1,
      options: [{ votes: 0 }, { votes: 1 }, { votes: 0 }],
    })
    await expectConsistent(database, poll.id)
  })

  test('that changes nothing returns the poll unchanged, and adds no event', async () => {
    const ann = await createPerson(database)
    const poll = await createPoll(box, ann)
    await box.submit({ pollId: poll.id, command: castVote(poll, ann) })
    const { events, poll: after } = await box.submit({ pollId: poll.id, command: castVote(poll, ann) })
    expect(events).toEqual([])
    expect(after.revision).toBe(2)
    expect(await database.prisma.event.count({ where: { pollId: poll.id } })).toBe(2)
  })

  test.each([newPollId(), '', 'a\0b', '🦊'])('for the missing poll %j is refused', async (pollId) => {
    const ann = await createPerson(database)
    const submitted = box.submit({ pollId, command: { by: ann, type: 'withdrawVote' } })
    expect(await refusalOf(submitted)).toBe('not_found')
  })

  test('applies to the current poll, even if another process has changed it', async () => {
    const [ann, bob] = [await createPerson(database), await createPerson(database)]
    const poll = await createPoll(box, ann)
    await box.submit({ pollId: poll.id, command: castVote(poll, ann) })
    const another = new BallotBox(database, clock.now)
    await another.submit({
      pollId: poll.id,
      command: { by: bob, type: 'addOption', option: { id: 'x', title: 'New' } },
    })
    await database.prisma.person.update({ where: { id: ann.id }, data: { name: 'Ann Newname' } })
    const { poll: after } = await box.submit({ pollId: poll.id, command: castVote(poll, bob) })
    expect(after).toMatchObject({ revision: 4, totalVotes: 2, createdBy: { name: 'Ann Newname' } })
    expect(after.options.at(-1)).toMatchObject({ title: 'New', votes: 0 })
    await expectConsistent(database, poll.id)
  })

  test('counts votes for options that are alike now and that an older version kept apart', async () => {
    const ann = await createPerson(database)
    const poll = await createPoll(box, ann, { options: ['Pizza', 'Sushi'] })
    const old = 'pi\u200bzza'
    await database.prisma.option.updateMany({
      where: { pollId: poll.id, title: 'Sushi' },
      data: { title: old, titleKey: old },
    })
    await new BallotBox(database, clock.now).submit({ pollId: poll.id, command: castVote(poll, ann, 1) })
    expect(
      await database.prisma.option.findMany({ where: { pollId: poll.id }, orderBy: { votes: 'asc' } }),
    ).toMatchObject([
      { title: 'Pizza', titleKey: 'pizza', votes: 0 },
      { title: old, titleKey: old, votes: 1 },
    ])
  })

  test('stores any text unchanged', async () => {
    const ann = await createPerson(database)
    const texts = {
      title: `"'\\ \\u0000 <b>$1 % _ 👩‍👩‍👧 שלום`,
      description: 'a\n\tb \\n {"c": null}',
      category: `"ß'`,
    }
    const poll = await createPoll(box, ann, { ...texts, options: ["Robert'); DROP TABLE polls;--", 'null'] })
    await box.submit({ pollId: poll.id, command: { by: ann, type: 'comment', body: texts.title } })
    const text = await database.prisma.pollText.findUnique({ where: { pollId: poll.id } })
    expect(text).toEqual({ pollId: poll.id, ...texts, titleRevision: 1, formerTitle: null, categoryKey: `"ss'` })
    const comment = await database.prisma.comment.findFirst({ where: { pollId: poll.id } })
    expect(comment).toEqual({
      pollId: poll.id,
      revision: 2,
      authorId: ann.id,
      at: clock.now(),
      body: texts.title,
      editedAt: null,
    })
    await expectConsistent(database, poll.id)
  })

  test('moves a poll to another category, and out of any', async () => {
    const ann = await createPerson(database)
    const { id: pollId } = await createPoll(box, ann, { category: 'Food' })
    const kept = async (category: string) => {
      await box.submit({ pollId, command: { by: ann, type: 'edit', category } })
      await expectConsistent(database, pollId)
      return database.prisma.pollText.findUnique({ where: { pollId } })
    }
    expect(await kept('Games')).toMatchObject({ category: 'Games', categoryKey: 'games' })
    expect(await kept('')).toMatchObject({ category: null, categoryKey: null })
  })

  test('never gets an earlier time than the one before it', async () => {
    const ann = await createPerson(database)
    const poll = await createPoll(box, ann)
    clock.advance(-5_000)
    const { events } = await box.submit({ pollId: poll.id, command: castVote(poll, ann) })
    clock.advance(5_000)
    expect(events[0]?.at).toEqual(poll.createdAt)
  })
})

describe('commands that arrive together', () => {
  test('get their own results', async () => {
    const people = await createPeople(database, 100)
    const poll = await createPoll(box, await createPerson(database))
    const answers = await Promise.all(
      people.map((by, index) => box.submit({ pollId: poll.id, command: castVote(poll, by, index % 3) })),
    )
    expect(answers.map(({ events }) => events.map(({ actor }) => actor))).toEqual(people.map((by) => [by]))
    expect(answers.map(({ choices }) => choices)).toEqual(people.map((_, index) => picks(poll.options[index % 3]?.id)))
    expect(new Set(answers.flatMap(({ events }) => events.map(({ revision }) => revision))).size).toBe(100)
    await expectConsistent(database, poll.id)
  })

  test('take effect in order of arrival', async () => {
    const ann = await createPerson(database)
    const poll = await createPoll(box, ann)
    const commands: Command[] = [
      castVote(poll, ann, 0),
      castVote(poll, ann, 1),
      { by: ann, type: 'withdrawVote' },
      castVote(poll, ann, 2),
    ]
    const answers = await Promise.all(commands.map((command) => box.submit({ pollId: poll.id, command })))
    expect(answers.flatMap(({ events }) => events.map(({ facts }) => facts.type))).toEqual([
      'voted',
      'vote_changed',
      'vote_withdrawn',
      'voted',
    ])
    expect(await ballots(poll.id)).toMatchObject([{ personId: ann.id, choices: [poll.options[2]?.id], revision: 5 }])
    await expectConsistent(database, poll.id)
  })

  test('may create a poll and vote in it', async () => {
    const ann = await createPerson(database)
    const pollId = newPollId()
    const command = creation(ann)
    const vote: Command = { by: ann, type: 'castVote', choices: picks(command.options[0]?.id ?? '') }
    const [, voted] = await Promise.all([box.submit({ pollId, command }), box.submit({ pollId, command: vote })])
    expect(voted.poll).toMatchObject({ revision: 2, totalVotes: 1 })
    await expectConsistent(database, pollId)
  })

  test('may concern many polls', async () => {
    const people = await createPeople(database, 20)
    const polls = await Promise.all(people.map((by) => createPoll(box, by)))
    const votes = polls.flatMap((poll) => people.map((by) => ({ pollId: poll.id, command: castVote(poll, by) })))
    await Promise.all(votes.map((vote) => box.submit(vote)))
    for (const { id } of polls) {
      expect(await ballots(id)).toHaveLength(20)
      await expectConsistent(database, id)
    }
  })

  test('are published once for each poll and commit, in order and without a gap', async () => {
    const told: Committed[] = []
    const telling = new BallotBox(database, clock.now, (committed) => void told.push(...committed))
    const people = await createPeople(database, 1_500)
    const poll = await createPoll(telling, await createPerson(database))
    await Promise.all(people.map((by) => telling.submit({ pollId: poll.id, command: castVote(poll, by) })))
    expect(told.map(({ previous }) => previous)).toEqual([
      0,
      ...told.slice(0, -1).map((moment) => moment.poll.revision),
    ])
    expect(told.flatMap(({ events }) => events.map(({ revision }) => revision))).toEqual(
      Array.from({ length: 1_501 }, (_, index) => index + 1),
    )
    await expectConsistent(database, poll.id)
  })

  test('succeed although one of them is refused', async () => {
    const people = await createPeople(database, 20)
    const poll = await createPoll(box, await createPerson(database))
    const outcomes = await Promise.allSettled(
      people.map((by, index) => box.submit({ pollId: poll.id, command: castVote(poll, by, index % 2 ? 0 : 99) })),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(
      people.map((_, index) => (index % 2 ? 'fulfilled' : 'rejected')),
    )
    expect(await ballots(poll.id)).toHaveLength(10)
    await expectConsistent(database, poll.id)
  })

  test('succeed although the database refuses one of them', async () => {
    const people = await createPeople(database, 20)
    const poll = await createPoll(box, await createPerson(database))
    people[13] = { id: 'unknown', name: 'Nobody' }
    const outcomes = await Promise.allSettled(
      people.map((by) => box.submit({ pollId: poll.id, command: castVote(poll, by) })),
    )
    expect(outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([13])
    expect(await ballots(poll.id)).toHaveLength(19)
    await expectConsistent(database, poll.id)
  })

  test('on the same revision: only the first succeeds', async () => {
    const ann = await createPerson(database)
    const poll = await createPoll(box, ann)
    const edits = ['Dinner?', 'Supper?', 'Brunch?'].map((title): Command => {
      return { by: ann, type: 'edit', title, ifRevision: poll.revision }
    })
    const outcomes = await Promise.allSettled(edits.map((command) => box.submit({ pollId: poll.id, command })))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(outcomes[2]).toMatchObject({ reason: { code: 'revision_mismatch', revision: 2 } })
    await expectConsistent(database, poll.id)
  })

  test('beyond the queue’s limit are refused at once', async () => {
    const ann = await createPerson(database)
    const poll = await createPoll(box, ann)
    const flood = Array.from({ length: 10_005 }, () =>
      box.submit({ pollId: poll.id, command: { by: ann, type: 'withdrawVote' } }),
    )
    const outcomes = await Promise.allSettled(flood)
    const refused = outcomes.slice(10_000)
    expect(outcomes.slice(0, 10_000).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(refused.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
      Array(5).fill('unavailable'),
    )
  })

  test('all have results when the ballot box has settled', async () => {
    const people = await createPeople(database, 10)
    const poll = await createPoll(box, await createPerson(database))
    const votes = Promise.all(people.map((by) => box.submit({ pollId: poll.id, command: castVote(poll, by) })))
    await box.settled()
    expect(await ballots(poll.id)).toHaveLength(10)
    await votes
  })
})

test('the stored data is consistent after a random load', async () => {
  const people = await createPeople(database, 12)
  const [creator = await createPerson(database)] = people
  const poll = await createPoll(box, creator)
  let seed = 20_260_314
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const command = (): Command => {
    const by = people[random(people.length)] ?? creator
    const kind = random(20)
    if (kind < 12) return castVote(poll, by, random(4))
    if (kind < 15) return { by, type: 'withdrawVote' }
    if (kind < 16) return { by, type: 'comment', body: `Number ${random(1_000)}` }
    if (kind < 17)
      return { by, type: 'addOption', option: { id: `option${random(1_000_000)}`, title: `${random(30)}` } }
    if (kind < 18) return { by, type: 'edit', title: `Title ${random(10)}` }
    return { by, type: kind < 19 ? 'close' : 'reopen' }
  }
  for (let round = 0; round < 30; round++) {
    const commands = Array.from({ length: random(40) }, command)
    await Promise.allSettled(commands.map((one) => box.submit({ pollId: poll.id, command: one })))
  }
  const { revision } = await database.prisma.poll.findUniqueOrThrow({ where: { id: poll.id } })
  expect(revision).toBeGreaterThan(100)
  await expectConsistent(database, poll.id)
})
