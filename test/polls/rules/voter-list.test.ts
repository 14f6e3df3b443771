import { describe, expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { changeVoterList } from '../../../src/polls/rules/editing/eligibility-change.ts'
import { nameBeforeAddress, voterListKey } from '../../../src/polls/rules/voter-list.ts'
import { cast, close, OneBatch, receipt, refused, reopen } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob, cem } from '../../support/poll-log.ts'

const change = (...voters: string[]): Command => ({ by: ann, type: 'changeVoterList', voters })
const changeShown = (shown: string[], voters: string[]): Command => ({
  by: ann,
  type: 'changeVoterList',
  voters,
  shown,
})
const entries = ({ state }: OneBatch) => state.voterList?.entries.map(({ name, personId }) => [name, personId])
const knowing = (batch: OneBatch) => {
  const people = new Map([['cem', { ...cem, emails: ['cem@example.org'] }]])
  Object.assign(batch.state.voterList ?? {}, { people })
  return batch
}

describe('a corrected voter list', () => {
  test('lets new people vote, and keeps the entries of voters', () => {
    const batch = new OneBatch({ roll: ['Bob', 'Dan'] })
    batch.do(cast(bob, 'pizza'))
    expect(batch.do(change('Ann', 'BOB', 'Cem'))).toEqual([{ type: 'voter_list_changed', voters: { from: 2, to: 3 } }])
    expect(entries(batch)).toEqual([
      ['Ann', null],
      ['BOB', 'bob'],
      ['Cem', null],
    ])
    expect([batch.poll.electorate, batch.poll.totalVotes]).toEqual([3, 1])
    expect(batch.do(cast(cem, 'sushi'))).toHaveLength(1)
    expect(batch.do(change('Ann', 'BOB', 'Cem'))).toEqual([])
  })

  test('removes the vote of a removed person from the count, and says so', () => {
    const batch = new OneBatch({ roll: ['Bob', 'Ann', 'Cem'], method: 'ranked' })
    batch.do(cast(bob, 'pizza', 'sushi'), cast(cem, 'sushi'))
    const uncounted = [{ personId: 'bob', choices: picks('pizza', 'sushi') }]
    expect(batch.do(change('Cem', 'Ann', 'Dan'))).toEqual([
      { type: 'voter_list_changed', voters: { from: 3, to: 3 }, uncounted },
    ])
    expect([batch.votes, batch.poll.totalVotes, [...batch.state.ballots.keys()]]).toEqual([[0, 1, 0], 1, ['cem']])
    expect(batch.state.rankingCounts).toEqual(new Map([['sushi', 1]]))
  })

  test('closes the poll if all remaining people have voted', () => {
    const batch = new OneBatch({ roll: ['Bob', 'Cem', 'Dan'] })
    batch.do(cast(bob, 'pizza'), cast(cem, 'sushi'))
    expect(batch.do(change('Bob', 'Cem'))).toMatchObject([{ type: 'voter_list_changed' }, { early: 'all_voted' }])
    expect(batch.submit(change('Bob', 'Cem', 'Dan'))).toEqual(refused('poll_closed', 'roll'))
    batch.do(reopen, change('Bob', 'Cem', 'Dan'))
    expect(batch.poll.electorate).toBeNull()
  })

  test('finds the voter under an address that replaces the name', () => {
    const batch = knowing(new OneBatch({ roll: ['Cem', 'Bob', 'Dan'] }))
    batch.do(cast(cem, 'pizza'), cast(bob, 'sushi'))
    batch.do(change('Dan', 'Cem Öz <CEM@example.org>', 'Bob'))
    expect(entries(batch)).toEqual([
      ['Dan', null],
      ['Cem Öz <CEM@example.org>', 'cem'],
      ['Bob', 'bob'],
    ])
    expect(batch.poll.totalVotes).toBe(2)
    expect(batch.state.voterList?.entries.map(({ key }) => key)).toEqual(['dan', 'cem@example.org', 'bob'])
    const [, , entry] = batch.state.voterList?.entries ?? []
    Object.assign(entry ?? {}, { key: 'as it was stored' })
    batch.do(change('BOB', 'cem@example.org'))
    expect(batch.state.voterList?.entries.map(({ key }) => key)).toEqual(['as it was stored', 'cem@example.org'])
  })

  test('gives nobody another person’s entry', () => {
    const batch = knowing(new OneBatch({ roll: ['Cem', 'Bob', 'Dan'] }))
    batch.do(cast(cem, 'pizza'), cast(bob, 'sushi'))
    Object.assign(batch.state.voterList ?? {}, { people: new Map([['cem', { id: 'cem', name: 'Bob', emails: [] }]]) })
    expect(batch.do(change('Bob', 'Dan'))).toMatchObject([{ uncounted: [{ personId: 'cem' }] }])
    expect(entries(batch)).toEqual([
      ['Bob', 'bob'],
      ['Dan', null],
    ])
  })

  test('is refused with the reason', () => {
    expect(new OneBatch().submit(change('Bob'))).toEqual(refused('invalid_input', 'roll'))
    const batch = new OneBatch({ roll: ['Bob', 'Ann', 'Cem'], quorum: 2 })
    expect(batch.submit(change())).toEqual(refused('invalid_input', 'roll'))
    expect(batch.submit(change())).toMatchObject({ message: 'Name at least one person.' })
    expect(batch.submit(change('Bob'))).toMatchObject({
      message: 'The quorum is 2 people, so the list needs at least 2.',
    })
    expect(batch.submit({ ...change('Bob', 'Ann'), by: bob })).toMatchObject({
      message: 'Only the creator of this poll can change the voter list of it.',
    })
    expect(batch.do(change('Bob', 'Ann'))).toHaveLength(1)
    const { poll, ballots } = batch.state
    expect(() =>
      changeVoterList({ poll, ballots }, { by: ann, type: 'changeVoterList', voters: ['Bob', 'Eve'] }),
    ).toThrow('The voter list of poll poll must be loaded to change it.')
  })

  describe('in a form that showed an older list', () => {
    const names = ({ state }: OneBatch) => state.voterList?.entries.map(({ name }) => name)

    test('removes only people whom the form showed: other votes stay', () => {
      const batch = new OneBatch({ roll: ['Bob', 'Ann'] })
      batch.do(change('Bob', 'Ann', 'Cem'), cast(cem, 'pizza'))
      expect(batch.do(changeShown(['Bob', 'Ann'], ['Bob', 'Dan']))).toEqual([
        { type: 'voter_list_changed', voters: { from: 3, to: 3 } },
      ])
      expect(entries(batch)).toEqual([
        ['Bob', null],
        ['Dan', null],
        ['Cem', 'cem'],
      ])
      expect(batch.poll.totalVotes).toBe(1)
    })

    test('restores nobody who was removed meanwhile, and lists nobody twice', () => {
      const batch = new OneBatch({ roll: ['Bob', 'Ann', 'Cem'] })
      batch.do(change('Bob', 'Dan'))
      expect(batch.do(changeShown(['Bob', 'Ann', 'Cem'], ['Bob', 'Ann', 'DAN', 'Cem']))).toHaveLength(1)
      expect(names(batch)).toEqual(['Bob', 'DAN'])
      expect(batch.do(changeShown(['Bob', 'Ann', 'Cem'], ['Bob', 'Ann', 'Cem']))).toEqual([])
    })

    test('has the changed spelling of names from either side', () => {
      const batch = new OneBatch({ roll: ['bob', 'ann', 'cem'] })
      batch.do(change('Bob', 'ann', 'cem'))
      batch.do(changeShown(['bob', 'ann', 'cem'], ['bob', 'Ann', 'cem']))
      expect(names(batch)).toEqual(['Bob', 'Ann', 'cem'])
    })

    test('is refused if it is too long or too short after both changes', () => {
      const many = Array.from({ length: 199 }, (_, index) => `Voter ${index}`)
      const batch = new OneBatch({ roll: ['Bob', 'Ann'] })
      batch.do(change('Bob', 'Cem'))
      expect(batch.submit(changeShown(['Bob', 'Ann'], [...many, 'Bob']))).toEqual(refused('invalid_input', 'roll'))
      expect(batch.submit(changeShown(['Bob', 'Ann'], [...many, 'Bob']))).toMatchObject({
        message: 'The list was changed meanwhile: together with yours it has 201 people, and at most 200 can be named.',
      })
      batch.do(change('Ann'))
      expect(batch.submit(changeShown(['Bob', 'Ann'], ['Bob']))).toMatchObject({ message: 'Name at least one person.' })
    })
  })

  test('only grows after anonymous votes', () => {
    const batch = new OneBatch({ roll: ['Bob', 'Ann', 'Cem'], anonymous: true })
    expect(batch.submit(change('Bob', 'Ann'))).toMatchObject({
      message: 'An anonymous poll needs at least 3 people on its list.',
    })
    expect(batch.do(change('Bob', 'Ann', 'Dan'))).toHaveLength(1)
    batch.do(receipt('one').cast(bob, 'pizza'))
    expect(batch.submit(change('Bob', 'Ann', 'Cem'))).toEqual(refused('poll_has_votes', 'roll'))
    expect(batch.do(change('Cem', 'bob', 'Ann', 'Dan'))).toHaveLength(1)
    expect(batch.do(close)).toHaveLength(1)
  })
})

test.each([
  ['Bob', 'bob', undefined],
  ['bob@Example.org', 'bob@example.org', undefined],
  ['Bob B. <bob@example.org>', 'bob@example.org', 'Bob B.'],
  ['B <bob@example.org> ', 'bob@example.org', 'B'],
  ['B<bob@example.org>', 'bob@example.org', 'B'],
  [' <bob@example.org>', 'bob@example.org', undefined],
  ['< bob@example.org >', 'bob@example.org', undefined],
  ['Bob <bob>', 'bob <bob>', undefined],
])('the entry %j has the key %j, with the name %j before the address', (entry, key, name) => {
  expect([voterListKey(entry), nameBeforeAddress(entry)]).toEqual([key, name])
})

// Texts that are too long are read before they are refused.
test.each(['<', '@', '<@', '@<', 'a ', ' <', '>'])('a long entry of %j is read in time', (piece) => {
  const begun = performance.now()
  for (const text of [piece.repeat(100_000), `<${piece.repeat(100_000)}`, `${piece.repeat(100_000)}>`]) {
    voterListKey(text)
    nameBeforeAddress(text)
  }
  expect(performance.now() - begun).toBeLessThan(5_000)
})
