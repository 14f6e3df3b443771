import { describe, expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { decide } from '../../../src/polls/rules/decide.ts'
import { finalVoteKey } from '../../../src/polls/rules/vote-confirmation.ts'
import { cast, close, OneBatch, receipt, refused, reopen } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob, cem, lunchAfter, noon } from '../../support/poll-log.ts'

const choose = (optionId: string, place?: number): Command => ({
  ...{ by: bob, type: 'chooseOption', optionId, isChosen: true },
  ...(place && { place }),
})
const takeBack = (optionId: string): Command => ({ by: bob, type: 'chooseOption', optionId, isChosen: false })
const withdraw: Command = { by: bob, type: 'withdrawVote' }
const limit: Command = { by: ann, type: 'edit', votersSignedIn: true }
const vouched = (by: Command['by'], ...choices: string[]) => ({ ...cast(by, ...choices), isSignedIn: true }) as Command
const profileOf = ({ state }: OneBatch) => Object.fromEntries(state.rankingCounts ?? [])

test('the error of a vote is a sentence for the field of choices', () => {
  const batch = new OneBatch()
  expect(batch.submit(cast(bob, 'pizza', 'sushi'))).toEqual(refused('invalid_choices', 'choices'))
  expect(batch.submit(cast(bob, 'soup'))).toEqual(refused('unknown_option', 'choices'))
  batch.do(cast(bob, 'pizza'), close)
  const closed = (what: string) => ({ code: 'poll_closed', message: `This poll is closed and takes no more ${what}.` })
  expect(batch.submit(cast(bob, 'pizza'))).toMatchObject(closed('votes'))
  expect(batch.submit(withdraw)).toMatchObject(closed('changes of votes'))
  batch.do(reopen, limit)
  expect(batch.submit(cast(bob, 'pizza'))).toEqual(refused('sign_in_required'))
})

describe('with final votes', () => {
  test('a vote can be repeated, but not changed or withdrawn', () => {
    const batch = new OneBatch({ votesFinal: true })
    expect(batch.do(withdraw)).toEqual([])
    batch.do(cast(bob, 'pizza'))
    expect(batch.submit(cast(bob, 'sushi'))).toEqual(refused('vote_final'))
    expect(batch.submit(choose('sushi'))).toEqual(refused('vote_final'))
    expect(batch.submit(withdraw)).toEqual(refused('vote_final'))
    expect(batch.submit(takeBack('pizza'))).toEqual(refused('vote_final'))
    expect(batch.do(cast(bob, 'pizza'), cast(cem, 'sushi'))).toMatchObject([{ type: 'voted', choices: picks('sushi') }])
  })

  test.each<['multiple_choice' | 'ranked' | 'score', string[], [string[], boolean][]]>([
    [
      'multiple_choice',
      ['pizza', 'falafel'],
      [
        [['pizza', 'sushi', 'falafel'], true],
        [['pizza', 'sushi'], false],
        [['pizza'], false],
      ],
    ],
    [
      'ranked',
      ['falafel', 'pizza'],
      [
        [['falafel', 'pizza', 'sushi'], true],
        [['falafel', 'sushi', 'pizza'], false],
        [['sushi', 'falafel', 'pizza'], false],
        [['falafel'], false],
      ],
    ],
    [
      'score',
      ['pizza=3'],
      [
        [['pizza=3', 'sushi=5'], true],
        [['pizza=4'], false],
        [['sushi=5'], false],
      ],
    ],
  ])('in a %s of %j, a vote can grow, but not lose a choice', (method, first, then) => {
    for (const [choices, isKept] of then) {
      const batch = new OneBatch({ votesFinal: true, method })
      batch.do(cast(bob, ...first))
      const answer = batch.submit(cast(bob, ...choices))
      const changed = { events: [{ facts: { type: 'vote_changed', from: picks(...first), to: picks(...choices) } }] }
      expect([choices, answer]).toMatchObject([choices, isKept ? changed : { code: 'vote_final' }])
    }
  })
})

describe('where a page asks before it casts a final vote', () => {
  const ask = (batch: OneBatch, ...choices: string[]) =>
    batch.submit({ ...cast(bob, ...choices), confirmed: '' } as Command)
  const confirm = (confirmed: string, ...choices: string[]) => ({ ...cast(bob, ...choices), confirmed }) as Command

  test('only the choices that were confirmed are cast, and saved ones are not asked about', () => {
    const batch = new OneBatch({ votesFinal: true, method: 'multiple_choice' })
    expect(ask(batch, 'pizza')).toEqual(refused('unconfirmed'))
    const key = finalVoteKey(batch.poll, picks('pizza'))
    expect(batch.submit(confirm(key, 'sushi'))).toEqual(refused('unconfirmed'))
    expect(batch.do(confirm(key, 'pizza'))).toMatchObject([{ type: 'voted' }])
    expect(batch.do(confirm('', 'pizza'))).toEqual([])
    expect(ask(batch, 'pizza', 'sushi')).toEqual(refused('unconfirmed'))
    expect(ask(batch, 'sushi')).toEqual(refused('vote_final'))
  })

  test.each<[string, Command, boolean]>([
    ['a renamed choice', { by: ann, type: 'renameOption', optionId: 'pizza', title: 'Pinsa' }, true],
    ['a changed question', { by: ann, type: 'edit', title: 'Dinner?' }, true],
    ['changed rules', { by: ann, type: 'edit', resultsVisible: 'after_closing' }, true],
    ['another renamed option', { by: ann, type: 'renameOption', optionId: 'sushi', title: 'Sashimi' }, false],
    ['votes of others', cast(cem, 'pizza'), false],
  ])('whether %s is asked about again', (_what, change, isAskedAgain) => {
    const batch = new OneBatch({ votesFinal: true })
    const key = finalVoteKey(batch.poll, picks('pizza'))
    batch.do(change)
    const answer = batch.submit(confirm(key, 'pizza'))
    if (isAskedAgain) expect(answer).toEqual(refused('unconfirmed'))
    else expect(answer).toMatchObject({ events: [{ facts: { type: 'voted' } }] })
  })

  test('an anonymous vote is asked about too, and no vote that can be changed', () => {
    expect(ask(new OneBatch(), 'pizza')).toMatchObject({ events: [{ facts: { type: 'voted' } }] })
    const anonymous = new OneBatch({ votesFinal: true, anonymous: true, method: 'multiple_choice' })
    const vote = (confirmed: string | undefined, ...choices: string[]) =>
      ({ ...receipt('one').cast(bob, ...choices), ...(confirmed !== undefined && { confirmed }) }) as Command
    expect(anonymous.submit(vote('', 'pizza'))).toEqual(refused('unconfirmed'))
    anonymous.do(vote(undefined, 'pizza'))
    expect(anonymous.submit(vote('', 'pizza', 'sushi'))).toEqual(refused('unconfirmed'))
    expect(anonymous.do(vote('', 'pizza'))).toEqual([])
  })
})

describe('where options have a maximum of votes', () => {
  test('an option is full at its maximum, and its voters keep their votes', () => {
    const batch = new OneBatch({ capacity: 1, method: 'multiple_choice' })
    batch.do(cast(bob, 'sushi'))
    expect(batch.submit(cast(cem, 'pizza', 'sushi'))).toEqual(refused('option_full', 'choices'))
    expect(batch.submit(cast(cem, 'sushi'))).toMatchObject({ message: '“Sushi” is full: its only place is taken.' })
    batch.do(cast(bob, 'pizza', 'sushi'), cast(cem, 'falafel'))
    expect(batch.votes).toEqual([1, 1, 1])
    batch.do(cast(bob, 'pizza'), cast(cem, 'sushi', 'falafel'))
    expect(batch.votes).toEqual([1, 1, 1])
  })

  test('an option accepts exactly that many votes', () => {
    const batch = new OneBatch({ capacity: 2 })
    batch.do(cast(bob, 'sushi'), cast(cem, 'sushi'))
    expect(batch.submit(cast(ann, 'sushi'))).toMatchObject({
      message: '“Sushi” is full: all of its 2 places are taken.',
    })
    expect(batch.do(cast(ann, 'pizza'))).toHaveLength(1)
  })

  test('the voters cannot be changed after the first vote', () => {
    const batch = new OneBatch({ capacity: 1 })
    batch.do(cast(bob, 'pizza'))
    expect(batch.submit(limit)).toEqual(refused('poll_has_votes', 'votersSignedIn'))
    batch.do(withdraw)
    expect(batch.do(limit)).toEqual([{ type: 'edited', votersSignedIn: { from: false, to: true } }])
  })
})

describe('a ranking', () => {
  test('counts the first choice of each ballot, and how many ballots have each order', () => {
    const batch = new OneBatch({ method: 'ranked' })
    batch.do(cast(ann, 'sushi', 'pizza'), cast(bob, 'sushi', 'pizza'), cast(cem, 'falafel'))
    expect([batch.votes, profileOf(batch)]).toEqual([[0, 2, 1], { 'sushi pizza': 2, falafel: 1 }])
    batch.do(cast(bob, 'pizza'), { by: cem, type: 'withdrawVote' })
    expect([batch.votes, profileOf(batch)]).toEqual([[1, 1, 0], { 'sushi pizza': 1, pizza: 1 }])
    expect(batch.poll.totalVotes).toBe(2)
  })

  test('moves an option to the given rank, also one that it already has', () => {
    const batch = new OneBatch({ method: 'ranked' })
    batch.do(cast(bob, 'pizza', 'sushi', 'falafel'))
    expect(batch.do(choose('falafel', 1))).toMatchObject([{ to: picks('falafel', 'pizza', 'sushi') }])
    expect(batch.do(choose('falafel', 3))).toMatchObject([{ to: picks('pizza', 'sushi', 'falafel') }])
    expect(batch.do(choose('sushi'))).toEqual([])
    expect(batch.do(takeBack('sushi'), choose('sushi'))).toMatchObject([
      { to: picks('pizza', 'falafel') },
      { to: picks('pizza', 'falafel', 'sushi') },
    ])
  })

  test('has an outcome while closed, recounted when two ballots are merged', () => {
    const batch = new OneBatch({ method: 'ranked' })
    batch.do(cast(bob, 'pizza'), cast(cem, 'pizza'), cast(ann, 'sushi'), close)
    expect(batch.poll.outcome).toEqual({ kind: 'winner', options: ['pizza'], votes: 2 })
    batch.do({ by: bob, type: 'mergeGuest', guest: cem })
    expect(batch.poll.outcome).toEqual({ kind: 'tie', options: ['pizza', 'sushi'], votes: 1 })
    batch.do(reopen)
    expect(batch.poll.outcome).toBeNull()
    const single = new OneBatch()
    single.do(cast(bob, 'pizza'), close)
    expect(single.poll.outcome).toBeNull()
    single.do({ by: ann, type: 'mergeGuest', guest: bob })
    expect(single.poll.outcome).toBeNull()
  })
})

test('points and answers are counted together with earlier ones', () => {
  const score = new OneBatch({ method: 'score' })
  score.do(cast(ann, 'sushi=2', 'pizza=5'), cast(bob, 'sushi=4'), cast(bob, 'sushi=1', 'falafel=3'))
  expect([score.votes, score.events.at(-1)?.facts]).toEqual([
    [5, 3, 3],
    { type: 'vote_changed', from: picks('sushi=4'), to: picks('sushi=1', 'falafel=3') },
  ])
  expect(score.events[1]?.facts).toEqual({ type: 'voted', choices: picks('pizza=5', 'sushi=2') })
  expect(score.submit(cast(bob, 'soup=1'))).toEqual(refused('unknown_option', 'choices'))
  const options = ['2026-12-24', '2026-12-25'].map((title) => ({ id: title.slice(-2), title }))
  const dates = new OneBatch({ method: 'dates', options })
  dates.do(cast(ann, '25=if_need_be', '24=yes'), cast(bob, '24=if_need_be', '25=if_need_be'), cast(bob, '25=yes'))
  expect(dates.events[1]?.facts).toEqual({ type: 'voted', choices: picks('24=yes', '25=if_need_be') })
  expect(dates.poll.options.map(({ votes, maybes }) => [votes, maybes])).toEqual([
    [1, 0],
    [1, 1],
  ])
})

describe('a guest who signs in', () => {
  const merge: Command = { by: bob, type: 'mergeGuest', guest: cem }

  test('owns the guest’s poll, options and votes', () => {
    const batch = new OneBatch({ by: cem })
    expect(batch.do(merge)).toMatchObject([{ guest: cem, guestChoices: [], from: [], to: [] }])
    expect([batch.poll.createdBy, batch.poll.options.map(({ addedById }) => addedById)]).toEqual([
      bob,
      ['bob', 'bob', 'bob'],
    ])
    expect(batch.do(merge)).toEqual([])
    const named = new OneBatch({ options: [] })
    named.do({ by: cem, type: 'addOption', option: { id: 'soup', title: 'Soup' } })
    expect(named.do(merge)).toHaveLength(1)
    expect([named.poll.createdBy, named.poll.options.map(({ addedById }) => addedById)]).toEqual([ann, ['bob']])
    const poll = new OneBatch({ by: cem, options: [] })
    expect(poll.do(merge)).toHaveLength(1)
  })

  test('has the newer of two ballots in a closed poll that counted both', () => {
    for (const [first, second] of [
      [bob, cem],
      [cem, bob],
    ] as const) {
      const batch = new OneBatch()
      batch.do(cast(first, 'pizza'), cast(second, 'sushi'), close, merge)
      expect([batch.votes, batch.state.ballots.get('bob')?.choices]).toEqual([[0, 1, 0], picks('sushi')])
    }
  })

  test('has the ballot that counted when the poll closed', () => {
    const own = vouched(bob, 'sushi')
    const batch = new OneBatch()
    batch.do(cast(cem, 'pizza'))
    Object.assign(batch.state, { guests: new Set(['cem']) })
    batch.do(limit, own, close, merge)
    expect([batch.votes, batch.state.ballots.get('bob')?.choices]).toEqual([[0, 1, 0], picks('sushi')])
    const later = new OneBatch()
    later.do(cast(bob, 'sushi'), cast(cem, 'pizza'))
    Object.assign(later.state, { guests: new Set(['cem']) })
    later.do(limit, close, merge)
    expect([later.votes, later.state.ballots.get('bob')]).toEqual([
      [0, 1, 0],
      { choices: picks('sushi'), revision: 2, counted: true },
    ])
  })
})

describe('limiting a poll to people who have signed in', () => {
  test('is refused in a closed poll, and with more than 1,000 votes', () => {
    const [few, many] = [new OneBatch(), new OneBatch()]
    few.poll.totalVotes = 1_000
    expect(few.do(limit)).toHaveLength(1)
    many.poll.totalVotes = 1_001
    expect(many.submit(limit)).toEqual(refused('poll_has_votes', 'votersSignedIn'))
    const closed = new OneBatch()
    closed.do(close)
    expect(closed.submit(limit)).toEqual(refused('poll_closed', 'votersSignedIn'))
    expect(closed.submit({ by: ann, type: 'edit', closesAt: '2026-03-15T12:00Z' })).toEqual(
      refused('poll_closed', 'closesAt'),
    )
    expect(closed.do({ by: ann, type: 'edit', title: 'Dinner?' })).toHaveLength(1)
  })

  test('sets aside the ballots of guests only', () => {
    const { ballots } = lunchAfter(cast(ann, 'pizza'), cast(bob, 'pizza'), limit)
    expect([...ballots].map(([id, { counted }]) => [id, counted])).toEqual([
      ['ann', true],
      ['bob', false],
    ])
  })
})

test('the creator’s commands are refused for others, and named', () => {
  for (const [command, verb] of [
    [{ type: 'close' }, 'close'],
    [{ type: 'reopen' }, 'reopen'],
    [{ type: 'edit', title: 'Mine' }, 'edit'],
    [{ type: 'archive' }, 'archive'],
    [{ type: 'unarchive' }, 'restore'],
    [{ type: 'delete' }, 'delete'],
  ] as [Omit<Command, 'by'>, string][]) {
    const message = `Only the creator of this poll can ${verb} it.`
    expect(new OneBatch().submit({ ...command, by: bob } as Command)).toMatchObject({ code: 'forbidden', message })
  }
})

test('a refusal to archive or delete says why', () => {
  const batch = new OneBatch()
  expect(batch.submit({ by: ann, type: 'archive' })).toEqual(refused('poll_open'))
  batch.do(cast(bob, 'pizza'))
  expect(batch.submit({ by: ann, type: 'delete' })).toEqual(refused('poll_has_votes'))
  expect(decide(undefined, cast(bob, 'pizza'), noon)).toEqual(refused('not_found'))
})

test('a rank applies to a ranking only', () => {
  const batch = new OneBatch({ method: 'multiple_choice' })
  batch.do(cast(bob, 'falafel'))
  expect(batch.do(choose('sushi', 1))).toMatchObject([{ to: picks('sushi', 'falafel') }])
  expect(batch.do(choose('sushi', 2))).toEqual([])
})

test('a command for a deleted poll, or at another revision, is refused with the reason', () => {
  const batch = new OneBatch()
  const outdated = { ...cast(bob, 'pizza'), ifRevision: 7 }
  expect(batch.submit(outdated)).toMatchObject({ message: 'The poll has moved on to revision 1.', problems: [] })
  batch.do({ by: ann, type: 'delete' })
  expect(batch.submit(cast(bob, 'pizza'))).toMatchObject({ code: 'gone', message: 'This poll was deleted.' })
})
