import { describe, expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { cast, close, OneBatch, receipt, refused, reopen } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'
import { ann, bob, cem } from '../../support/poll-log.ts'

const edit = (rules: object): Command => ({ by: ann, type: 'edit', ...rules }) as Command
const seen = (command: Command, shownRevision: number): Command => ({ ...command, shownRevision }) as Command

describe('before anybody has voted', () => {
  test('rules change, and people vote by the new ones', () => {
    const batch = new OneBatch()
    const rules = { method: 'multiple_choice', maxChoices: 2, votesFinal: true, quorum: 2, optionsModerated: true }
    const [edited] = batch.do(edit(rules))
    expect(edited).toMatchObject({
      method: { from: 'single_choice', to: 'multiple_choice' },
      maxChoices: { from: null, to: 2 },
    })
    expect(batch.poll).toMatchObject(rules)
    expect(batch.submit(cast(bob, 'pizza', 'sushi', 'falafel'))).toEqual(refused('invalid_choices', 'choices'))
    batch.do(cast(bob, 'pizza', 'sushi'))
    expect(batch.votes).toEqual([1, 1, 0])
    expect(batch.submit({ by: bob, type: 'withdrawVote' })).toEqual(refused('vote_final'))
  })

  test('a poll becomes a ranking, and is one no more', () => {
    const batch = new OneBatch()
    batch.do(edit({ method: 'ranked' }), cast(bob, 'pizza', 'sushi'), cast(cem, 'sushi', 'pizza'))
    expect(batch.do({ by: cem, type: 'withdrawVote' }, close).at(-1)).toMatchObject({
      outcome: { kind: 'winner', options: ['pizza'] },
    })
    batch.do(reopen, { by: bob, type: 'withdrawVote' }, edit({ method: 'score' }), cast(bob, 'sushi=4'))
    expect(batch.votes).toEqual([0, 4, 0])
    expect(batch.do(close).at(-1)).toMatchObject({ outcome: { kind: 'winner', options: ['sushi'] } })
  })

  test('dates stay dates, and other polls do not become dates', () => {
    expect(new OneBatch().submit(edit({ method: 'dates' }))).toEqual(refused('invalid_input', 'method'))
    const options = ['2026-12-24', '2026-12-25'].map((title) => ({ id: title, title }))
    const dates = new OneBatch({ method: 'dates', options })
    expect(dates.submit(edit({ method: 'ranked' }))).toEqual(refused('invalid_input', 'method'))
  })

  test('rules have to fit each other', () => {
    const wrong = (rules: object, given = {}) => new OneBatch(given).submit(edit(rules))
    expect(wrong({ maxChoices: 2 })).toEqual(refused('invalid_input', 'maxChoices'))
    expect(wrong({ method: 'ranked' }, { capacity: 3 })).toEqual(refused('invalid_input', 'capacity'))
    expect(wrong({ resultsVisible: 'after_closing' }, { capacity: 3 })).toEqual(refused('invalid_input', 'capacity'))
    expect(wrong({ quorum: 5 }, { electorate: 4 })).toEqual(refused('invalid_input', 'quorum'))
    expect(wrong({ electorate: 4 }, { roll: ['Ann', 'Bob'] })).toEqual(refused('invalid_input', 'electorate'))
    const anonymous = { anonymous: true } as const
    expect(wrong({ quorum: 2 }, anonymous)).toEqual(refused('invalid_input', 'quorum'))
    expect(wrong({ resultsVisible: 'always' }, anonymous)).toEqual(refused('invalid_input', 'resultsVisible'))
    expect(wrong({ capacity: 4 }, anonymous)).toEqual(refused('invalid_input', 'capacity'))
  })

  test('old rules that do not fit do not prevent another change', () => {
    const batch = new OneBatch()
    Object.assign(batch.poll, { quorum: 9, electorate: 2 })
    batch.do(edit({ optionsModerated: true }))
    expect(batch.submit(edit({ electorate: 3 }))).toEqual(refused('invalid_input', 'quorum'))
  })

  test('a refusal names each field that is wrong', () => {
    const problems = [{ path: 'electorate' }, { path: 'maxChoices' }]
    const given = new OneBatch({ roll: ['Ann', 'Bob'] }).submit(edit({ maxChoices: 2, electorate: 9 }))
    expect(given).toMatchObject({ code: 'invalid_input', problems })
  })
})

describe('once somebody has voted', () => {
  const voted = (given = {}) => {
    const batch = new OneBatch(given)
    batch.do(cast(bob, 'pizza'))
    return batch
  }

  test.each([
    ['method', 'multiple_choice', {}],
    ['maxChoices', 3, { method: 'multiple_choice', maxChoices: 2 }],
    ['quorum', 3, {}],
    ['quorum', null, { quorum: 2 }],
    ['votesFinal', true, {}],
    ['resultsVisible', 'always', { resultsVisible: 'after_voting' }],
    ['resultsVisible', 'after_voting', { resultsVisible: 'after_closing' }],
  ])('%s does not become %s', (name, to, given) => {
    expect(voted(given).submit(edit({ [name]: to }))).toEqual(refused('poll_has_votes', name))
  })

  test.each([
    ['votesFinal', false, { votesFinal: true }],
    ['resultsVisible', 'after_closing', {}],
    ['resultsVisible', 'after_closing', { resultsVisible: 'after_voting' }],
    ['capacity', 1, {}],
    ['capacity', null, { capacity: 1 }],
    ['electorate', 2, {}],
    ['electorate', null, { electorate: 2 }],
    ['remindHours', 24, {}],
    ['optionsModerated', true, {}],
  ])('%s can become %s', (name, to, given) => {
    const batch = voted(given)
    batch.do(edit({ [name]: to }))
    expect(batch.poll).toMatchObject({ [name]: to, status: 'open' })
  })

  test('the same values are no change', () => {
    expect(voted({ quorum: 2 }).do(edit({ quorum: 2, method: 'single_choice', votesFinal: false }))).toEqual([])
  })

  test('an option keeps its votes, and the poll its voters', () => {
    const batch = voted()
    batch.do(cast(cem, 'pizza'))
    expect(batch.submit(edit({ capacity: 1 }))).toEqual(refused('invalid_input', 'capacity'))
    expect(batch.submit(edit({ electorate: 1 }))).toEqual(refused('invalid_input', 'electorate'))
  })

  test('votes of guests that may count later keep options without a limit', () => {
    const batch = voted()
    batch.do(cast(cem, 'pizza'), edit({ votersSignedIn: true }))
    expect(batch.votes).toEqual([0, 0, 0])
    expect(batch.submit(edit({ capacity: 1 }))).toEqual(refused('invalid_input', 'capacity'))
    batch.do(edit({ votersSignedIn: false }))
    expect(batch.submit(edit({ capacity: 1 }))).toEqual(refused('invalid_input', 'capacity'))
    batch.do(edit({ capacity: 2 }))
  })

  test('a poll that expects nobody else closes', () => {
    expect(voted().do(edit({ electorate: 1 }))).toMatchObject([
      { type: 'edited' },
      { type: 'closed', early: 'all_voted' },
    ])
    const anonymous = new OneBatch({ anonymous: true })
    const votes = [ann, bob, cem].map((by) => receipt(by.id).cast(by, 'pizza'))
    expect(anonymous.do(...votes, edit({ electorate: 3 })).at(-1)).toMatchObject({
      early: 'all_voted',
      tally: [{ votes: 3 }, { votes: 0 }, { votes: 0 }],
    })
  })

  test('a vote that was set aside keeps the rules under which it was cast', () => {
    const batch = voted()
    batch.do({ by: ann, type: 'setVoteAside', voter: bob, reason: 'Voted twice' })
    expect(batch.submit(edit({ method: 'ranked' }))).toEqual(refused('poll_has_votes', 'method'))
    expect(batch.submit({ by: ann, type: 'delete' })).toEqual(refused('poll_has_votes'))
  })

  test('a voter whose only option was removed keeps the rules under which to choose again', () => {
    const batch = voted()
    batch.do({ by: ann, type: 'removeOption', optionId: 'pizza', isConfirmed: true })
    expect(batch.submit(edit({ votesFinal: true }))).toEqual(refused('poll_has_votes', 'votesFinal'))
    batch.do(
      { by: bob, type: 'castVote', choices: picks('sushi') },
      { by: bob, type: 'withdrawVote' },
      edit({ votesFinal: true }),
    )
  })
})

test('proposals are decided before options need no approval', () => {
  const batch = new OneBatch({ optionsModerated: true })
  batch.do({ by: bob, type: 'addOption', option: { id: 'soup', title: 'Soup' } })
  expect(batch.submit(edit({ optionsModerated: false }))).toEqual(refused('invalid_input', 'optionsModerated'))
  batch.do({ by: ann, type: 'approveProposal', optionId: 'soup' }, edit({ optionsModerated: false }))
  expect(batch.poll.optionsModerated).toBe(false)
})

test('a closed poll keeps its rules, except who finds it and who adds options', () => {
  const batch = new OneBatch()
  batch.do(close)
  expect(batch.submit(edit({ votesFinal: true }))).toEqual(refused('poll_closed', 'votesFinal'))
  batch.do(edit({ unlisted: true, optionsOpen: false }))
  expect(batch.poll).toMatchObject({ unlisted: true, optionsOpen: false })
})

test('only the creator changes rules', () => {
  expect(new OneBatch().submit({ ...edit({ quorum: 2 }), by: bob })).toEqual(refused('forbidden'))
})

describe('a vote from a page that showed other rules', () => {
  test('is refused, and counts once the voter has seen the new ones', () => {
    const batch = new OneBatch()
    batch.do(edit({ votesFinal: true }))
    expect(batch.submit(seen(cast(bob, 'pizza'), 1))).toEqual(refused('rules_changed'))
    batch.do(seen(cast(bob, 'pizza'), 2), cast(cem, 'pizza'))
    expect(batch.votes).toEqual([2, 0, 0])
  })

  test('counts if what changed is no matter of its vote', () => {
    const batch = new OneBatch()
    batch.do(edit({ electorate: 9, remindHours: 2, optionsModerated: true, unlisted: true }))
    batch.do(seen(cast(bob, 'pizza'), 1))
    expect(batch.votes).toEqual([1, 0, 0])
  })

  test('is withdrawn all the same', () => {
    const batch = new OneBatch({ votesFinal: true, method: 'multiple_choice' })
    batch.do(cast(bob, 'pizza', 'sushi'), edit({ votesFinal: false }))
    batch.do({ by: bob, type: 'chooseOption', optionId: 'pizza', isChosen: false, shownRevision: 1 })
    expect(batch.votes).toEqual([0, 1, 0])
  })
})
