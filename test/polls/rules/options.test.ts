import { describe, expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { apply } from '../../../src/polls/rules/apply.ts'
import { cast, close, OneBatch, receipt, refused } from '../../support/one-batch.ts'
import { ann, bob, cem, noon } from '../../support/poll-log.ts'

const add = (by: Command['by'], title: string, id = title): Command => ({
  by,
  type: 'addOption',
  option: { id, title },
})
const approve = (optionId: string, by = ann): Command => ({ by, type: 'approveProposal', optionId })
const dismiss = (optionId: string, by = ann): Command => ({ by, type: 'dismissProposal', optionId })
const rename = (optionId: string, title: string, isConfirmed = false): Command => ({
  ...{ by: ann, type: 'renameOption', optionId, title, isConfirmed },
})
const secretly = (batch: OneBatch) => batch.do(receipt('r').cast(bob, 'pizza'))

describe('with moderated options', () => {
  const moderated = () => new OneBatch({ optionsModerated: true })
  const soup = { id: 'soup', title: 'Soup' }

  test('others make proposals, and the creator adds options', () => {
    const batch = moderated()
    expect(batch.do(add(bob, 'Soup', 'soup'), add(ann, 'Rice', 'rice'))).toEqual([
      { type: 'option_proposed', option: soup },
      { type: 'option_added', option: { id: 'rice', title: 'Rice' } },
    ])
    expect(batch.poll.proposals).toEqual([{ ...soup, proposedById: 'bob' }])
    expect(batch.submit(add(cem, 'SOUP', 'other'))).toEqual(refused('option_exists', 'title'))
    expect(batch.submit(add(cem, 'SOUP', 'other'))).toMatchObject({
      message: 'Somebody has proposed this already: “Soup”.',
    })
  })

  test('an approved proposal is an option of its author', () => {
    const batch = moderated()
    batch.do(add(bob, 'Soup', 'soup'), add(cem, 'Stew', 'stew'))
    expect(batch.do(approve('soup'))).toEqual([{ type: 'proposal_approved', option: soup }])
    expect(batch.poll.options.at(-1)).toMatchObject({ ...soup, addedById: 'bob', votes: 0 })
    expect(batch.poll.proposals.map(({ id }) => id)).toEqual(['stew'])
    expect(batch.do(approve('soup'))).toEqual([])
    expect(batch.submit(approve('none'))).toEqual(refused('unknown_option'))
    expect(batch.submit(approve('stew', bob))).toMatchObject({
      code: 'forbidden',
      message: 'Only the creator of this poll can approve options of it.',
    })
  })

  test('the creator and the author dismiss a proposal', () => {
    const batch = moderated()
    batch.do(add(bob, 'Soup', 'soup'), add(bob, 'Stew', 'stew'), add(bob, 'Rice', 'rice'))
    expect(batch.submit(dismiss('stew', cem))).toEqual(refused('forbidden'))
    expect(batch.do(dismiss('soup', bob), dismiss('rice'))).toMatchObject([
      { type: 'proposal_dismissed', option: soup },
      { type: 'proposal_dismissed', option: { id: 'rice' } },
    ])
    expect(batch.poll.proposals.map(({ id }) => id)).toEqual(['stew'])
    expect(batch.submit(dismiss('soup'))).toEqual(refused('unknown_option'))
  })

  test('a closed poll allows dismissing proposals, and not approving them', () => {
    const batch = moderated()
    batch.do(add(bob, 'Soup', 'soup'), close)
    expect(batch.submit(approve('soup'))).toMatchObject({
      code: 'poll_closed',
      message: 'This poll is closed and takes no more options.',
    })
    expect(batch.do(dismiss('soup'))).toHaveLength(1)
  })

  test('proposals count towards the maximum of fifty options', () => {
    const batch = moderated()
    for (let more = 0; more < 46; more++) batch.do(add(ann, `More ${more}`))
    batch.do(add(bob, 'Soup'))
    expect(batch.submit(add(bob, 'Stew'))).toEqual(refused('too_many_options', 'title'))
  })

  test('a guest’s proposals belong to the person after the sign-in', () => {
    const batch = moderated()
    batch.do(add(bob, 'Soup', 'soup'), add(ann, 'Rice', 'rice'))
    const dan = { id: 'dan', name: 'Dan' }
    expect(batch.do({ by: cem, type: 'mergeGuest', guest: dan })).toEqual([])
    batch.do(add(dan, 'Stew', 'stew'))
    expect(batch.do({ by: cem, type: 'mergeGuest', guest: bob })).toMatchObject([{ type: 'guest_merged' }])
    expect(batch.poll.proposals).toMatchObject([{ proposedById: 'cem' }, { proposedById: 'dan' }])
    expect(batch.poll.createdBy).toEqual(ann)
  })

  test('a log that accepts a proposal twice is invalid', () => {
    const batch = moderated()
    batch.do(add(bob, 'Stew', 'stew'))
    const facts = { type: 'proposal_dismissed', option: soup } as const
    const event = { revision: 3, actor: ann, at: noon, facts }
    expect(() => apply(batch.state, event)).toThrow('Poll poll has no proposal soup.')
  })
})

describe('options', () => {
  test('of a poll of dates are stored in UTC, and have to be dates', () => {
    const batch = new OneBatch({ method: 'dates', options: [{ id: 'd', title: '2026-12-24' }] })
    expect(batch.do(add(bob, '2026-12-24T18:00+01:00', 'e'))).toEqual([
      { type: 'option_added', option: { id: 'e', title: '2026-12-24T17:00Z' } },
    ])
    expect(batch.submit(add(bob, 'tomorrow'))).toEqual(refused('invalid_input', 'title'))
    expect(batch.submit(add(bob, '2026-12-24/2026-12-24'))).toEqual(refused('option_exists', 'title'))
    expect(batch.submit(rename('d', 'tomorrow'))).toEqual(refused('invalid_input', 'title'))
    expect(batch.do(rename('d', '2026-12-24/2026-12-24'))).toEqual([])
    expect(batch.do(rename('d', '2026-12-26/2026-12-26'))).toMatchObject([{ to: '2026-12-26' }])
  })

  test('cannot be added after anonymous votes, not even by the creator', () => {
    const batch = new OneBatch({ anonymous: true, optionsModerated: true })
    batch.do(add(bob, 'Soup', 'soup'), add(ann, 'Rice', 'rice'))
    secretly(batch)
    expect(batch.submit(add(ann, 'Stew'))).toEqual(refused('poll_has_votes', 'title'))
    expect(batch.submit(approve('soup'))).toEqual(refused('poll_has_votes', 'title'))
    const open = new OneBatch()
    open.do(cast(bob, 'pizza'))
    expect(open.do(add(bob, 'Soup'))).toHaveLength(1)
  })

  test('are refused with a message for the invalid field', () => {
    const batch = new OneBatch({ optionsOpen: false })
    expect(batch.submit(add(bob, 'Soup'))).toEqual(refused('options_locked', 'title'))
    expect(batch.submit(add(ann, ' PIZZA '))).toEqual(refused('option_exists', 'title'))
    expect(batch.submit(add(ann, ' PIZZA '))).toMatchObject({ message: 'This option exists already: “Pizza”.' })
    batch.do(close)
    const message = 'This poll is closed and takes no more options.'
    expect(batch.submit(add(ann, 'Soup'))).toMatchObject({ code: 'poll_closed', message })
  })
})

describe('renaming an option', () => {
  test('keeps its former title, to show it to people who voted before', () => {
    const batch = new OneBatch()
    const renamed = { type: 'option_renamed', optionId: 'pizza' }
    expect(batch.do(rename('pizza', 'Pinsa'))).toEqual([{ ...renamed, from: 'Pizza', to: 'Pinsa' }])
    expect(batch.poll.options[0]).toMatchObject({ title: 'Pinsa', formerTitle: null })
    batch.do(cast(bob, 'sushi'))
    expect(batch.do(rename('pizza', 'Calzone', true))).toHaveLength(1)
    expect(batch.poll.options[0]).toMatchObject({ title: 'Calzone', formerTitle: 'Pinsa' })
    batch.do(rename('pizza', 'Focaccia', true))
    expect(batch.poll.options[0]).toMatchObject({ title: 'Focaccia', formerTitle: 'Pinsa' })
    batch.do(rename('pizza', 'Pinsa', true))
    expect(batch.poll.options[0]).toMatchObject({ title: 'Pinsa', formerTitle: null })
    expect(batch.poll.options.slice(1).map(({ title }) => title)).toEqual(['Sushi', 'Falafel'])
  })

  test('needs the creator’s confirmation once people have voted', () => {
    const batch = new OneBatch()
    batch.do(cast(bob, 'pizza'))
    expect(batch.submit(rename('pizza', 'Pinsa'))).toEqual(refused('unconfirmed', 'isConfirmed'))
    expect(batch.submit(rename('pizza', 'Pinsa'))).toMatchObject({ message: expect.stringMatching(/^One person has /) })
    batch.do(cast(cem, 'pizza'))
    expect(batch.submit(rename('pizza', 'Pinsa'))).toMatchObject({ message: expect.stringMatching(/^2 people have /) })
    expect(batch.do(rename('pizza', 'Pizza'))).toEqual([])
    expect(batch.votes).toEqual([2, 0, 0])
  })

  test('accepts a new spelling of the title, and no other option’s title', () => {
    const batch = new OneBatch()
    expect(batch.do(rename('pizza', 'PIZZA'))).toMatchObject([{ to: 'PIZZA' }])
    expect(batch.submit(rename('pizza', 'sushi'))).toEqual(refused('option_exists', 'title'))
    expect(batch.submit(rename('soup', 'Stew'))).toEqual(refused('unknown_option'))
    expect(batch.submit({ ...rename('pizza', 'Mine'), by: bob })).toMatchObject({
      message: 'Only the creator of this poll can rename options of it.',
    })
    batch.do(close)
    expect(batch.submit(rename('pizza', 'Pinsa'))).toMatchObject({
      message: 'This poll is closed and takes no more changes of options.',
    })
  })

  test('asks voters who saw the old title again, and nobody else', () => {
    const batch = new OneBatch()
    batch.do(rename('pizza', 'Pinsa'), rename('sushi', 'Maki'))
    const shown = (shownRevision: number, ...choices: string[]) => ({ ...cast(bob, ...choices), shownRevision })
    expect(batch.submit(shown(1, 'pizza') as Command)).toEqual(refused('option_renamed', 'choices'))
    expect(batch.submit(shown(2, 'sushi') as Command)).toMatchObject({
      message:
        'An option was renamed meanwhile: it is “Maki” now. Your vote was not counted. Check it, and vote again.',
    })
    expect(batch.do(shown(2, 'pizza') as Command, shown(1, 'falafel') as Command)).toHaveLength(2)
    const choose = { by: cem, type: 'chooseOption', optionId: 'pizza', isChosen: true } as const
    expect(batch.submit({ ...choose, shownRevision: 1 })).toEqual(refused('option_renamed', 'choices'))
    expect(batch.do({ ...choose, shownRevision: 2 })).toHaveLength(1)
    const several = new OneBatch({ method: 'multiple_choice' })
    several.do(rename('pizza', 'Pinsa'), rename('sushi', 'Maki'))
    expect(several.submit(shown(1, 'pizza', 'sushi') as Command)).toMatchObject({
      message: expect.stringMatching(/^Options were renamed meanwhile: they are “Pinsa” and “Maki” now\./),
    })
  })

  test('of an unknown option adds no event', () => {
    const facts = { type: 'option_renamed', optionId: 'soup', from: 'Soup', to: 'Stew' } as const
    const event = { revision: 2, actor: ann, at: noon, facts }
    expect(() => apply(new OneBatch().state, event)).toThrow('Poll poll has no option soup.')
  })
})
