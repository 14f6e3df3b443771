import { expect, test } from 'vitest'
import type { PersonName } from '../src/people/model/person-name.ts'
import type { Command } from '../src/polls/model/commands.ts'
import type { Poll } from '../src/polls/model/poll.ts'
import type { PollMethod } from '../src/polls/model/poll-rules.ts'
import { allThereIs } from './support/all-there-is.ts'
import { type AnonymousVoter, anonymousVote, anonymousVoter, personOf } from './support/anonymous-votes.ts'
import { openTestApp } from './support/app.ts'
import { closedAtEnd } from './support/at-end.ts'
import { visitor } from './support/pages.ts'
import { createPeople, createPoll } from './support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const url = await testApp.listen()
const stranger = await visitor(testApp, 'Stranger')
const [first, ...others] = await createPeople(testApp.database, 5)
const ann = first as PersonName
const voters = others

const submit = ({ id }: Poll, command: Command) => testApp.services.ballotBox.submit({ pollId: id, command })
const seenOf = (poll: Poll) => allThereIs({ testApp, url, stranger }, poll)

/** A step of a story: the index of a voter, and of the option that their ballot is mostly for. */
type Deed = { who: number; what: number }

let stories = 0

/** The first votes and changes it, the second votes and withdraws, the third votes and is merged with the creator, … */
async function pollOf(method: PollMethod, [first, second, third, fourth]: [Deed, Deed, Deed, Deed]): Promise<Poll> {
  const poll = await createPoll(testApp.services.ballotBox, ann, {
    anonymous: true,
    method,
    category: `Story ${++stories}`,
    ...(method === 'dates' && { options: ['2026-12-24', '2026-12-25', '2026-12-26'] }),
  })
  const people = voters.map(anonymousVoter)
  const voter = ({ who }: Deed) => people[who] as AnonymousVoter
  const cast = (deed: Deed, what = deed.what) =>
    submit(poll, anonymousVote(poll, voter(deed), ...ballotFor(method, what)))
  await cast(first)
  await cast(second)
  await cast(first, (first.what + 1) % 3)
  await submit(poll, { by: personOf(voter(second)), type: 'withdrawVote', receipt: voter(second).receipt })
  await cast(third)
  await submit(poll, { by: ann, type: 'mergeGuest', guest: personOf(voter(third)) })
  await cast(fourth)
  await submit(poll, { by: ann, type: 'comment', body: 'Please vote.' })
  return poll
}

/** A long ballot for one option and a short one for another, so a length would reveal it. */
function ballotFor(method: PollMethod, what: number): (number | string)[] {
  if (method === 'single_choice') return [what]
  if (method === 'dates') return what === 0 ? ['0=if_need_be', '1=if_need_be'] : [`${what}=yes`]
  if (method === 'score') return what === 0 ? ['0=5', '1=4', '2=3'] : [`${what}=1`]
  return what === 0 ? [0, 1, 2] : [what]
}

const methods = ['single_choice', 'multiple_choice', 'score', 'ranked', 'dates'] as const

test.each(methods)('no response about an open anonymous %s depends on who voted or what they voted', async (method) => {
  const deeds = (who: number[], what: number[]) =>
    who.map((person, place) => ({ who: person, what: what[place] ?? 0 })) as [Deed, Deed, Deed, Deed]
  const one = await seenOf(await pollOf(method, deeds([0, 1, 2, 3], [0, 1, 2, 0])))
  const other = await seenOf(await pollOf(method, deeds([3, 2, 0, 1], [1, 0, 0, 2])))
  expect(Object.keys(one)).toHaveLength(19)
  for (const what of Object.keys(one)) expect(other[what], what).toBe(one[what])
  for (const [what, text] of Object.entries(one))
    expect([what, voters.filter(({ id, name }) => text.includes(id) || text.includes(`${name}"`))]).toEqual([what, []])
  expect(one.thread).toContain('"author":{"name":"Somebody"},"title":"voted"')
})

test('the ballots of a closed one can be counted, and no response says who voted what', async () => {
  const deeds = (who: number[]): [Deed, Deed, Deed, Deed] => [
    { who: who[0] ?? 0, what: 0 },
    { who: who[1] ?? 0, what: 0 },
    { who: who[2] ?? 0, what: 1 },
    { who: who[3] ?? 0, what: 2 },
  ]
  const closedPoll = async (who: number[]) => {
    const poll = await pollOf('single_choice', deeds(who))
    await submit(poll, { by: ann, type: 'close' })
    return seenOf(poll)
  }
  const [one, other] = [await closedPoll([0, 1, 2, 3]), await closedPoll([3, 0, 1, 2])]
  for (const what of Object.keys(one).filter((name) => !name.includes('ballots')))
    expect(other[what], what).toBe(one[what])
  const ballots = JSON.parse(one['api /polls/:id/ballots'] ?? '').ballots as {
    receiptHash: string
    choices: string[]
  }[]
  expect(ballots.map(({ choices }) => choices.join()).sort()).toEqual(['OPTION 1', 'OPTION 1', 'OPTION 2'])
  expect(one['api /polls/:id/results.csv']).toContain('Sushi,2,66.7')
  for (const [what, text] of Object.entries(one))
    expect([what, voters.filter(({ id, name }) => text.includes(id) || text.includes(`${name}"`))]).toEqual([what, []])
})
