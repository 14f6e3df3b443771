import { describe, expect, test } from 'vitest'
import { actionsOf } from '../../../src/chat/flowdock/posting/buttons.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { at, option, poll } from '../../support/entries.ts'

const publicUrl = new URL('https://polls.example.org')
const view = {
  '@type': 'ViewAction',
  name: 'Open in Polldock',
  url: 'https://polls.example.org/polls/where-to-eat-lunch-abcdefghijkmnpqr',
}
const update = (name: string, place: string) => ({
  '@type': 'UpdateAction',
  name,
  target: {
    '@type': 'EntryPoint',
    urlTemplate: `https://polls.example.org/flowdock/actions/polls/abcdefghijkmnpqr/${place}?revision=9`,
    httpMethod: 'POST',
  },
})
const actions = (change: Partial<Poll> = {}, movedAway = false) =>
  actionsOf({ ...poll, ...change }, movedAway, publicUrl)
const names = (change: Partial<Poll>) => actions(change).map(({ name }) => name)

test('an open poll has actions to vote, close and open it in the browser', () => {
  expect(actions()).toEqual([
    update('Vote: Pizza', 'ballot/o1'),
    update('Vote: Sushi', 'ballot/o2'),
    update('Vote: Falafel', 'ballot/o3'),
    update('Withdraw my vote', 'no-ballot'),
    update('Close poll (Ann only)', 'closed'),
    view,
  ])
})

test('a multiple choice has an action to withdraw each choice', () => {
  expect(actions({ method: 'multiple_choice' }).slice(0, 3)).toEqual([
    update('Vote: Pizza', 'ballot/o1'),
    update('Withdraw: Pizza', 'off-ballot/o1'),
    update('Vote: Sushi', 'ballot/o2'),
  ])
})

test.each(['score', 'dates', 'ranked'] as const)('a poll by %s is answered in the browser', (method) => {
  expect(names({ method })).toEqual(['Answer in Polldock', 'Withdraw my vote', 'Close poll (Ann only)'])
})

test('a final vote is cast in the browser: one wrong press in a thread could not be undone', () => {
  const offered = ['Vote in Polldock (final)', 'Close poll (Ann only)']
  for (const method of ['single_choice', 'multiple_choice', 'score', 'dates', 'ranked'] as const)
    expect(names({ votesFinal: true, method })).toEqual(offered)
})

test('an anonymous poll is answered and closed in the browser, and not reopened once its ballots are published', () => {
  const secret = { anonymous: true, resultsVisible: 'after_closing', quorum: 3 } as const
  expect(actions(secret)).toEqual([
    { ...view, name: 'Vote anonymously in Polldock' },
    { ...view, name: 'Close poll (Ann only)', url: `${view.url}#creator` },
  ])
  expect(names({ ...secret, status: 'closed', closedAt: at })).toEqual(['Open in Polldock'])
  expect(names({ ...secret, status: 'closed', closedAt: at, totalVotes: 2 })).toEqual([
    'Reopen poll (Ann only)',
    'Open in Polldock',
  ])
})

test('a closed poll can be reopened', () => {
  expect(actions({ status: 'closed', closedAt: at })).toEqual([update('Reopen poll (Ann only)', 'open'), view])
})

test.each<[string, Partial<Poll>, boolean, object[]]>([
  ['archived', { status: 'closed', closedAt: at, archivedAt: at }, false, [view]],
  ['moved away', {}, true, [view]],
  ['deleted', { deletedAt: at }, false, []],
])('a poll that is %s cannot be changed', (_name, change, movedAway, expected) => {
  expect(actions(change, movedAway)).toEqual(expected)
})

describe('options', () => {
  test('are at most twenty, in their order', () => {
    const options = Array.from({ length: 50 }, (_, index) => option(`o${index}`, `Option ${index + 1}`, index))
    const votes = names({ options }).filter((name) => name.startsWith('Vote: '))
    expect(votes).toEqual(options.slice(0, 20).map(({ title }) => `Vote: ${title}`))
  })

  test.each([
    [10, 20],
    [11, 11],
    [30, 20],
  ])('of a multiple choice with %i of them have %i actions', (count, expected) => {
    const options = Array.from({ length: count }, (_, index) => option(`o${index}`, `Option ${index + 1}`, index))
    const ofOptions = names({ options, method: 'multiple_choice' }).filter((name) => /^(Vote|Withdraw): /.test(name))
    expect(ofOptions).toHaveLength(expected)
  })

  test.each([
    ['<b>Fish & chips</b>', 'Vote: <b>Fish & chips</b>'],
    ['two\nlines', 'Vote: two lines'],
    ['\u202eevil', 'Vote: evil'],
    ['x'.repeat(200), `Vote: ${'x'.repeat(79)}…`],
  ])('are plain text of one line: %j', (title, name) => {
    expect(names({ options: [option('o1', title, 0)] })[0]).toBe(name)
  })
})
