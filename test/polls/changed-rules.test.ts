import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotEncryption } from '../../src/polls/anonymous/encryption.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { anonymousVote, anonymousVoter } from '../support/anonymous-votes.ts'
import { castVote } from '../support/cast-vote.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let people: [PersonName, PersonName, PersonName, PersonName]

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
  people = (await createPeople(database, 4)) as typeof people
})

afterAll(() => database.close())

const submit = ({ id }: Poll, command: Command, at = box) => at.submit({ pollId: id, command })
const edit = (poll: Poll, rules: object) => ({ by: poll.createdBy, type: 'edit', ...rules }) as Command

test('changed rules are stored, and hold for a process that has not seen the change', async () => {
  const [ann, bob] = people
  const poll = await createPoll(box, ann)
  const rules = {
    ...{ method: 'multiple_choice', maxChoices: 2, resultsVisible: 'after_voting', quorum: 2, remindHours: 5 },
    ...{ votesFinal: true, electorate: 9, optionsModerated: true, unlisted: true },
  }
  await submit(poll, edit(poll, rules))
  await expectConsistent(database, poll.id)
  const other = new BallotBox(database, clock.now)
  const old = { ...castVote(poll, bob), shownRevision: 1 } as Command
  expect(await refusalOf(submit(poll, old, other))).toBe('rules_changed')
  const { poll: voted } = await submit(poll, castVote(poll, bob), other)
  expect(voted).toMatchObject({ ...rules, rulesRevision: 2, totalVotes: 1 })
  expect(await refusalOf(submit(poll, edit(poll, { method: 'ranked' }), other))).toBe('poll_has_votes')
})

test('a vote that was set aside, and that no batch has loaded, keeps the method', async () => {
  const [ann, bob] = people
  const poll = await createPoll(box, ann)
  await submit(poll, castVote(poll, bob))
  await submit(poll, { by: ann, type: 'setVoteAside', voter: bob, reason: 'Voted twice' })
  expect(await refusalOf(submit(poll, edit(poll, { method: 'ranked' }), new BallotBox(database, clock.now)))).toBe(
    'poll_has_votes',
  )
  expect(await refusalOf(submit(poll, { by: ann, type: 'delete' }, new BallotBox(database, clock.now)))).toBe(
    'poll_has_votes',
  )
  const { poll: after } = await submit(poll, edit(poll, { remindHours: 3 }))
  expect(after.remindHours).toBe(3)
  await expectConsistent(database, poll.id)
})

test('an anonymous poll whose expected voters have all voted is counted', async () => {
  const encryption = new BallotEncryption([Buffer.alloc(32, 1)])
  const encrypting = new BallotBox(database, clock.now, undefined, undefined, { encryption })
  const [ann, ...voters] = people
  const poll = await createPoll(encrypting, ann, { anonymous: true })
  for (const by of voters) await submit(poll, anonymousVote(poll, anonymousVoter(by), 0), encrypting)
  const { poll: closed } = await submit(poll, edit(poll, { electorate: 3 }), encrypting)
  expect(closed).toMatchObject({ status: 'closed', totalVotes: 3, options: [{ votes: 3 }, { votes: 0 }, { votes: 0 }] })
  await expectConsistent(database, poll.id)
})
