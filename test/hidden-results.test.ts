import { describe, expect, test } from 'vitest'
import type { PersonName } from '../src/people/model/person-name.ts'
import type { Command } from '../src/polls/model/commands.ts'
import type { Poll } from '../src/polls/model/poll.ts'
import { allThereIs, type Onlooker } from './support/all-there-is.ts'
import { openTestApp } from './support/app.ts'
import { closedAtEnd } from './support/at-end.ts'
import { visitor } from './support/pages.ts'
import { picks } from './support/picks.ts'
import { createPeople, createPoll } from './support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const url = await testApp.listen()
const stranger = await visitor(testApp, 'Stranger')
const people = (await createPeople(testApp.database, 4)) as [PersonName, PersonName, PersonName, PersonName]

const onlooker = (): Onlooker => ({ testApp, url, stranger })
const submit = ({ id }: Poll, command: Command) => testApp.services.ballotBox.submit({ pollId: id, command })
const viewed = async ({ id }: Poll) => (await testApp.services.polls.view(id)).poll

/** The option, by its index, that each of the four steps of a story is for. */
type Story = readonly [number, number, number, number]

let stories = 0

/** A ballot that is mostly for the option at this index. */
function choicesOf({ options, method }: Poll, place: number): string[] {
  const [best = '', next = ''] = [place, (place + 1) % 3].map((one) => options[one]?.id ?? '')
  if (method === 'dates') return [`${best}=${place === 1 ? 'if_need_be' : 'yes'}`, `${next}=no`]
  if (method === 'score') return [`${best}=${5 - place}`, `${next}=1`]
  return method === 'ranked' ? [best, next] : [best]
}

/** Two polls of the same story differ in their votes and ids only. */
async function pollOf(
  [first, second, third, fourth]: Story,
  method: Poll['method'],
  resultsVisible: Poll['resultsVisible'] = 'after_closing',
): Promise<Poll> {
  const [ann, bob, cem, dan] = people
  const poll = await createPoll(testApp.services.ballotBox, ann, {
    category: `Story ${++stories}`,
    resultsVisible,
    method,
    ...(method === 'dates' && { options: ['2026-12-24', '2026-12-25', '2026-12-26'] }),
  })
  const vote = (by: PersonName, place: number): Command => ({
    by,
    type: 'castVote',
    choices: picks(...choicesOf(poll, place)),
    isSignedIn: true,
  })
  await submit(poll, vote(bob, first))
  await submit(poll, vote(cem, second))
  await submit(poll, vote(bob, third))
  await submit(poll, { by: cem, type: 'withdrawVote' })
  await submit(poll, vote(dan, fourth))
  await submit(poll, { by: ann, type: 'mergeGuest', guest: dan })
  await submit(poll, { by: bob, type: 'comment', body: 'Voted.' })
  return poll
}

const methods = ['single_choice', 'multiple_choice', 'score', 'ranked', 'dates'] as const

describe.each(['after_voting', 'after_closing'] as const)('if results are visible %s', (resultsVisible) => {
  test.each(methods)('no response about a %s to a person who has not voted depends on the votes', async (method) => {
    const one = await allThereIs(onlooker(), await pollOf([0, 1, 2, 0], method, resultsVisible))
    const other = await allThereIs(onlooker(), await pollOf([2, 0, 1, 1], method, resultsVisible))
    expect(Object.keys(one)).toHaveLength(19)
    for (const what of Object.keys(one)) expect(other[what], what).toBe(one[what])
  })
})

test('voters see the results everywhere until they withdraw their vote', async () => {
  const poll = await pollOf([0, 1, 2, 2], 'single_choice', 'after_voting')
  const path = `/api/polls/${poll.id}`
  const faces = async () => {
    await stranger.get(`/polls/${poll.id}`)
    const { body } = await stranger.follow()
    const activity = (await stranger.get(`${stranger.path}/activity`)).body
    const list = (await stranger.get(`/?category=${encodeURIComponent(poll.category)}`)).body
    const { resultsVisible, options } = (await stranger.get(path)).json()
    return {
      page: body.includes('option-count'),
      activity: activity.includes('voted for'),
      list: list.includes('option-count'),
      api: options.map(({ votes }: { votes: unknown }) => votes),
      rule: resultsVisible,
      count: (await stranger.get(`${path}/count`)).statusCode,
      csv: (await stranger.get(`${path}/results.csv`)).statusCode,
      log: (await stranger.get(`${path}/events`)).json().events[1].facts.choices.length,
    }
  }
  const rule = 'after_voting'
  const nothing = {
    page: false,
    activity: false,
    list: false,
    api: [null, null, null],
    rule,
    count: 409,
    csv: 409,
    log: 0,
  }
  expect(await faces()).toEqual(nothing)
  await stranger.get(`/polls/${poll.id}`)
  await stranger.follow()
  const { path: shownAt } = stranger
  expect(stranger.page?.body).toContain('The results are shown once you have voted, or the poll is closed')
  await stranger.post(`${shownAt}/ballot`, { choice: poll.options[0]?.id ?? '' })
  const all = { page: true, activity: true, list: true, api: [1, 0, 2], rule, count: 200, csv: 200, log: 1 }
  expect(await faces()).toEqual(all)
  await stranger.get(shownAt)
  await stranger.post(`${shownAt}/ballot/withdraw`)
  expect(await faces()).toEqual(nothing)
})

test('results appear everywhere once the poll is closed, and are hidden after a reopening', async () => {
  const [ann, bob] = people
  const poll = await pollOf([0, 1, 2, 2], 'single_choice')
  expect((await viewed(poll)).createdBy).toEqual(ann)
  const results = async () =>
    (await stranger.get(`/api/polls/${poll.id}`)).json().options.map(({ votes }: { votes: unknown }) => votes)
  const log = async () => (await stranger.get(`/api/polls/${poll.id}/events`)).json().events[1].facts
  expect([await results(), await log()]).toEqual([[null, null, null], { choices: [] }])
  await submit(poll, { by: ann, type: 'close' })
  expect([await results(), await log()]).toEqual([[0, 0, 2], { choices: [poll.options[0]?.id] }])
  expect((await stranger.get(`/api/polls/${poll.id}/results.csv`)).body).toContain('Falafel,2,100.0')
  const page = await allThereIs(onlooker(), poll)
  expect(page.page).toContain('Winner: ')
  expect(page.thread).toContain('voted for Pizza')
  await submit(poll, { by: ann, type: 'reopen' })
  expect([await results(), await log()]).toEqual([[null, null, null], { choices: [] }])
  expect((await stranger.get(`/api/polls/${poll.id}/results.csv`)).json()).toMatchObject({ code: 'results_hidden' })
  expect((await submit(poll, { by: bob, type: 'withdrawVote' })).poll.totalVotes).toBe(1)
})

test('a voter sees their own vote, and how many have voted', async () => {
  const poll = await pollOf([0, 1, 2, 2], 'single_choice')
  await stranger.get(`/polls/${poll.id}`)
  await stranger.follow()
  await stranger.post(`${stranger.path}/ballot`, { choice: poll.options[1]?.id ?? '' })
  const { body } = await stranger.follow()
  expect(body).toMatch(/data-option="[^"]+" data-mine/)
  expect(body).toContain('3 votes')
  expect((await stranger.get(`/api/polls/${poll.id}`)).json()).toMatchObject({
    totalVotes: 3,
    myChoices: [poll.options[1]?.id],
  })
})
