import { describe, expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { refusalByVoterList } from '../../../src/polls/rules/voter-list.ts'
import { cast, OneBatch, receipt, refused } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob, cem } from '../../support/poll-log.ts'

const named = (roll: string[], asked: object = {}) => {
  const batch = new OneBatch({ roll, ...asked })
  Object.assign(batch.state.voterList ?? {}, { people: new Map([['cem', { ...cem, emails: ['Cem@Example.org'] }]]) })
  return batch
}
const taken = ({ state }: OneBatch) => state.voterList?.entries.map(({ personId }) => personId)
const somebody = (id: string, name: string) => ({ id, name })
const merge = (by: Command['by'], guest: Command['by']): Command => ({ by, type: 'mergeGuest', guest })

describe('with a voter list', () => {
  test('voters use the entry of their name or address, in any spelling', () => {
    const batch = named(['BOB', 'cem@example.org', 'Ann'])
    expect(taken(batch)).toEqual([null, null, null])
    batch.do(cast(bob, 'pizza'), cast(cem, 'pizza'))
    expect(taken(batch)).toEqual(['bob', 'cem', null])
    batch.do(cast(bob, 'sushi'))
    expect(taken(batch)).toEqual(['bob', 'cem', null])
  })

  test('other people do not vote, not even with an address as name', () => {
    const batch = named(['Bob', 'cem@example.org'])
    const eve = somebody('eve', 'Eve')
    expect(batch.submit(cast(eve, 'pizza'))).toEqual(refused('not_on_roll'))
    expect(batch.submit(cast(eve, 'pizza'))).toMatchObject({
      message: 'Only people on its list can vote in this poll, and Eve is not on it. Ask the creator to add you.',
    })
    expect(batch.submit(cast(somebody('eve', 'cem@example.org'), 'pizza'))).toEqual(refused('not_on_roll'))
    expect(batch.submit(cast(somebody('cem', 'Cemal'), 'pizza'))).toMatchObject({ choices: picks('pizza') })
    expect(new OneBatch().do(cast(eve, 'pizza'))).toHaveLength(1)
  })

  test('an entry belongs to one person until they withdraw the vote', () => {
    const batch = named(['Bob', 'Ann'])
    const another = somebody('bob-2', 'bob')
    batch.do(cast(bob, 'pizza'))
    expect(batch.submit(cast(another, 'pizza'))).toMatchObject({ message: 'Somebody has voted as Bob already.' })
    expect(batch.do(cast(bob, 'sushi'))).toHaveLength(1)
    batch.do({ by: bob, type: 'withdrawVote' })
    expect(taken(batch)).toEqual([null, null])
    batch.do(cast(another, 'pizza'))
    expect(taken(batch)).toEqual(['bob-2', null])
    batch.do({ by: bob, type: 'comment', body: 'Hm' })
    expect(taken(batch)).toEqual(['bob-2', null])
  })

  test('an entry stays with its voter, also under another name', () => {
    const batch = named(['Bob', 'Robert', 'Ann'])
    batch.do(cast(bob, 'pizza'), cast(somebody('bob', 'Robert'), 'sushi'), cast(somebody('bob', 'Bobby'), 'pizza'))
    expect(taken(batch)).toEqual(['bob', null, null])
    expect(batch.submit(cast(somebody('bob', 'Robert'), 'falafel'))).toMatchObject({ choices: picks('falafel') })
    expect(taken(batch)).toEqual(['bob', null, null])
  })

  test('a person with two entries uses the free one', () => {
    const batch = named(['Bob', 'cem@example.org', 'Ann'])
    batch.do(cast(bob, 'pizza'), cast(somebody('cem', 'Bob'), 'sushi'))
    expect(taken(batch)).toEqual(['bob', 'cem', null])
  })

  test('people with similar names use one entry each', () => {
    const batch = named(['Bob', 'Ann', 'cem@example.org'])
    batch.do(cast(somebody('cem', 'Bob'), 'pizza'))
    expect(taken(batch)).toEqual(['cem', null, null])
    batch.do(cast(somebody('cem', 'Ann'), 'sushi'))
    expect(taken(batch)).toEqual(['cem', null, null])
    expect(batch.submit(cast(bob, 'pizza'))).toEqual(refused('not_on_roll'))
  })

  test('the entry of a guest belongs to the person after the sign-in', () => {
    const batch = named(['Guest', 'Bob', 'Ann'])
    const guest = somebody('guest', 'guest')
    batch.do(cast(guest, 'pizza'), merge(bob, guest))
    expect(taken(batch)).toEqual(['bob', null, null])
    const both = named(['Guest', 'Bob', 'Ann'])
    both.do(cast(guest, 'pizza'), cast(bob, 'sushi'), merge(bob, guest))
    expect(taken(both)).toEqual([null, 'bob', null])
    both.do(merge(bob, somebody('nobody', 'Nobody')))
    expect(taken(both)).toEqual([null, 'bob', null])
    both.do(merge(ann, somebody('nobody', 'Nobody')))
    expect(taken(both)).toEqual([null, 'bob', null])
  })

  test('an anonymous poll gives strangers the same answer for used and unused entries', () => {
    const batch = named(['Bob', 'Ann', 'Cem', 'Dan'], { anonymous: true })
    batch.do(receipt('one').cast(bob, 'pizza'))
    const asStranger = (id: string, name: string) => batch.submit(receipt(id).cast(somebody(id, name), 'pizza'))
    expect(asStranger('eve', 'Eve')).toEqual(refused('not_on_roll'))
    expect(asStranger('eve', 'Eve')).toMatchObject({
      message:
        'Only people on its list can vote in this poll, once each. Eve is not on it, or has voted already. Ask the creator to check the list.',
    })
    expect(asStranger('bob-2', 'Bob')).toMatchObject({
      code: 'not_on_roll',
      message: expect.stringContaining('Bob is not on it, or has voted already.'),
    })
  })

  test('nobody votes if the list is not loaded', () => {
    const { poll, ballots } = named(['Bob']).state
    expect(() => refusalByVoterList({ poll, ballots }, ann)).toThrow(
      'The voter list of poll poll must be loaded to vote in it.',
    )
    const open = new OneBatch().state
    expect(refusalByVoterList({ ...open, voterList: { entries: [], people: new Map() } }, ann)).toBeUndefined()
  })
})
