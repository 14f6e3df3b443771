import { describe, expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { begin } from '../../../src/polls/rules/creation.ts'
import { decide } from '../../../src/polls/rules/decide.ts'
import { OneBatch } from '../../support/one-batch.ts'
import { ann, bob, lunch, noon } from '../../support/poll-log.ts'

type Create = Extract<Command, { type: 'create' }>

const plain = { type: 'created', title: lunch.title, description: lunch.description, category: 'Food' }
const created = (asked: Partial<Create>) => decide(undefined, { ...lunch, ...asked }, noon)
const [first, second, third] = ['2026-12-24', '2026-12-25T10:00Z', '2026-12-24/2026-12-26']
const dates = (...titles: (string | undefined)[]) => titles.map((title = '', index) => ({ id: `d${index}`, title }))

describe('a new poll', () => {
  test.each<[Partial<Create>, object]>([
    [{ resultsVisible: 'after_voting' }, { resultsVisible: 'after_voting' }],
    [{ resultsVisible: 'always' }, {}],
    [{ votesFinal: true }, { votesFinal: true }],
    [{ votesFinal: false }, {}],
    [{ capacity: 2 }, { capacity: 2 }],
    [{ capacity: null }, {}],
    [{ electorate: 5 }, { electorate: 5 }],
    [{ electorate: null }, {}],
    [{ optionsModerated: true }, { optionsModerated: true }],
    [{ optionsModerated: false }, {}],
    [{ roll: ['Ann', 'Bob'] }, { hasRoll: true, electorate: 2 }],
    [{ roll: [] }, {}],
    [{ timeZone: 'Europe/Berlin' }, { timeZone: 'Europe/Berlin' }],
    [{ timeZone: null }, {}],
    [{ anonymous: true }, { anonymous: true, resultsVisible: 'after_closing', quorum: 3 }],
    [
      { anonymous: true, quorum: 2 },
      { anonymous: true, resultsVisible: 'after_closing', quorum: 3 },
    ],
    [
      { anonymous: true, quorum: 7 },
      { anonymous: true, resultsVisible: 'after_closing', quorum: 7 },
    ],
    [{ anonymous: false }, {}],
  ])('with %j says so in its first event, and leaves out defaults', (asked, said) => {
    expect(created(asked)).toEqual([{ ...plain, ...said, optionsOpen: true, options: lunch.options }])
  })

  test('has the rules of its first event, and defaults for the others', () => {
    const asked: Partial<Create> = {
      ...{ resultsVisible: 'after_voting', votesFinal: true, electorate: 4, optionsModerated: true, quorum: 3 },
      ...{ capacity: 9, votersSignedIn: true, method: 'multiple_choice', maxChoices: 2, optionsOpen: false },
    }
    expect(new OneBatch(asked).poll).toMatchObject(asked)
    expect(new OneBatch({ roll: ['Ann', 'Bob'] }).poll).toMatchObject({ hasRoll: true, electorate: 2 })
    expect(new OneBatch().poll).toEqual({
      ...{
        id: 'poll',
        revision: 1,
        status: 'open',
        title: lunch.title,
        titleRevision: 1,
        rulesRevision: 1,
        formerTitle: null,
        description: lunch.description,
      },
      ...{
        category: 'Food',
        method: 'single_choice',
        maxChoices: null,
        resultsVisible: 'always',
        remindHours: null,
        quorum: null,
      },
      ...{ votesFinal: false, timeZone: null, capacity: null, electorate: null, hasRoll: false, optionsOpen: true },
      ...{
        optionsModerated: false,
        proposals: [],
        unlisted: false,
        votersSignedIn: false,
        anonymous: false,
        totalVotes: 0,
      },
      ...{ totalComments: 0, createdBy: ann, createdAt: noon, lastActivityAt: noon, closesAt: null, closedAt: null },
      ...{ outcome: null, settledOptionId: null, remindedAt: null, archivedAt: null, deletedAt: null },
      options: lunch.options.map((one) => expect.objectContaining({ ...one, formerTitle: null, addedById: 'ann' })),
    })
  })

  test('has an empty box of anonymous ballots or count of rankings', () => {
    const known = (asked: Partial<Create>) => {
      const { rankingCounts, anonymousBallots } = new OneBatch(asked).state
      return [rankingCounts, anonymousBallots]
    }
    expect(known({})).toEqual([undefined, undefined])
    expect(known({ method: 'ranked' })).toEqual([new Map(), undefined])
    expect(known({ anonymous: true })).toEqual([undefined, new Map()])
    expect(known({ method: 'ranked', anonymous: true })).toEqual([undefined, new Map()])
  })

  test('starts every log', () => {
    const commented = { revision: 1, actor: ann, at: noon, facts: { type: 'commented', body: 'Hm' } } as const
    expect(() => begin('poll', commented)).toThrow('A log begins with "created", not "commented".')
    expect(new OneBatch().submit({ ...lunch, by: bob })).toMatchObject({ message: 'There is such a poll already.' })
  })
})

describe('a poll of dates', () => {
  test('has its options in order of time, in UTC, and a zone', () => {
    const asked = { method: 'dates', options: dates(second, '2026-12-24T23:30-01:00', first) } as const
    expect(created({ ...asked, timeZone: 'Asia/Kolkata' })).toMatchObject([
      {
        timeZone: 'Asia/Kolkata',
        options: [{ title: first }, { title: '2026-12-25T00:30Z' }, { title: second }],
      },
    ])
    expect(created(asked)).toMatchObject([{ timeZone: 'UTC' }])
    expect(new OneBatch({ ...asked, timeZone: 'Asia/Kolkata' }).poll.timeZone).toBe('Asia/Kolkata')
  })

  test.each<[(string | undefined)[], string, RegExp]>([
    [['soon', first], 'options.0', /^Write a day, or a time/],
    [[third, first, third], 'options.2', /^This is the same as another one\.$/],
    [[first, '2026-12-24/2026-12-24'], 'options.1', /^This is the same as another one\.$/],
  ])('%j is refused by the first invalid date', (titles, path, message) => {
    const said = expect.stringMatching(message)
    expect(created({ method: 'dates', options: dates(...titles) })).toMatchObject({
      ...{ code: 'invalid_input', message: said, problems: [{ path, message: said }] },
    })
  })
})
