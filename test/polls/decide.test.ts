import { describe, expect, test } from 'vitest'
import type { Command } from '../../src/polls/model/commands.ts'
import type { EventFacts } from '../../src/polls/model/events.ts'
import type { PollState } from '../../src/polls/model/poll.ts'
import { apply } from '../../src/polls/rules/apply.ts'
import { decide as decideAt } from '../../src/polls/rules/decide.ts'
import { picks } from '../support/picks.ts'
import { ann, bob, cem, guests, lunch, lunchAfter, noon } from '../support/poll-log.ts'

const decide = (state: PollState | undefined, command: Command, now = noon) => decideAt(state, command, now)
const vote = (by: Command['by'], ...choices: string[]): Command => ({
  by,
  type: 'castVote',
  choices: picks(...choices),
})
const close: Command = { by: ann, type: 'close' }
const limit: Command = { by: ann, type: 'edit', votersSignedIn: true }
const locked = (): PollState => lunchAfter({ by: ann, type: 'edit', optionsOpen: false })
const pastaBy = (by: Command['by']): Command => ({ by, type: 'addOption', option: { id: 'pasta', title: 'Pasta' } })

const refused = (code: string, revision?: number) => expect.objectContaining({ name: 'Refusal', code, revision })

describe('creating', () => {
  test('is the first event, with every given field', () => {
    const { by: _, type: __, ...asked } = lunch
    expect(decide(undefined, lunch)).toEqual([{ type: 'created', ...asked }])
  })

  test('has no category in the event without one', () => {
    expect(decide(undefined, { ...lunch, category: '' })).toEqual([expect.not.objectContaining({ category: '' })])
  })

  test('starts an open poll at revision 1 without votes', () => {
    expect(lunchAfter().poll).toMatchObject({ status: 'open', revision: 1, totalVotes: 0, createdBy: ann })
  })

  test('refuses an id that exists already', () => {
    expect(decide(lunchAfter(), lunch)).toEqual(refused('forbidden', 1))
  })
})

test.each<Command['type']>(['castVote', 'comment', 'close'])('%s refuses when there is no such poll', (type) => {
  expect(decide(undefined, { by: ann, type, choices: [], body: '' } as Command)).toEqual(refused('not_found'))
})

test.each<Command>([vote(bob, 'pizza'), { by: bob, type: 'comment', body: 'Hi' }, close, { by: ann, type: 'delete' }])(
  '$type refuses once the poll is deleted',
  (command) => {
    expect(decide(lunchAfter({ by: ann, type: 'delete' }), command)).toEqual(refused('gone', 2))
  },
)

describe('a condition on the revision', () => {
  test('refuses when the poll has another revision', () => {
    const state = lunchAfter(vote(bob, 'pizza'))
    expect(decide(state, { ...vote(cem, 'sushi'), ifRevision: 1 })).toEqual(refused('revision_mismatch', 2))
  })

  test('passes when the poll is at the revision', () => {
    const state = lunchAfter(vote(bob, 'pizza'))
    expect(decide(state, { ...vote(cem, 'sushi'), ifRevision: 2 })).toEqual([
      { type: 'voted', choices: picks('sushi') },
    ])
  })
})

describe('voting', () => {
  test('casts a ballot', () => {
    expect(decide(lunchAfter(), vote(bob, 'pizza'))).toEqual([{ type: 'voted', choices: picks('pizza') }])
  })

  test('is open to the creator too', () => {
    expect(decide(lunchAfter(), vote(ann, 'pizza'))).toEqual([{ type: 'voted', choices: picks('pizza') }])
  })

  test('of another option changes the vote', () => {
    const state = lunchAfter(vote(bob, 'pizza'))
    expect(decide(state, vote(bob, 'sushi'))).toEqual([
      { type: 'vote_changed', from: picks('pizza'), to: picks('sushi') },
    ])
  })

  test('of the same option changes nothing', () => {
    expect(decide(lunchAfter(vote(bob, 'pizza')), vote(bob, 'pizza'))).toEqual([])
  })

  test('after withdrawing is a first vote again', () => {
    const state = lunchAfter(vote(bob, 'pizza'), { by: bob, type: 'withdrawVote' })
    expect(decide(state, vote(bob, 'pizza'))).toEqual([{ type: 'voted', choices: picks('pizza') }])
  })

  test('leaves the ballots of others alone', () => {
    const { ballots, poll } = lunchAfter(vote(bob, 'pizza'), vote(cem, 'pizza'), vote(bob, 'sushi'))
    expect([...ballots]).toEqual([
      ['bob', { choices: picks('sushi'), revision: 4, counted: true }],
      ['cem', { choices: picks('pizza'), revision: 3, counted: true }],
    ])
    expect(poll.options.map(({ votes }) => votes)).toEqual([1, 1, 0])
  })

  test('refuses an option of another poll', () => {
    expect(decide(lunchAfter(), vote(bob, 'tea'))).toEqual(refused('unknown_option', 1))
  })

  test.each([[[]], [['pizza', 'sushi']], [['pizza', 'pizza']]])('refuses the choices %j', (choices) => {
    expect(decide(lunchAfter(), vote(bob, ...choices))).toEqual(refused('invalid_choices', 1))
  })

  test('refuses when the poll is closed', () => {
    expect(decide(lunchAfter(close), vote(bob, 'pizza'))).toEqual(refused('poll_closed', 2))
  })

  test('refuses when the poll is closed even for the choice already made', () => {
    expect(decide(lunchAfter(vote(bob, 'pizza'), close), vote(bob, 'pizza'))).toEqual(refused('poll_closed', 3))
  })

  test('continues when the poll is reopened', () => {
    const state = lunchAfter(vote(bob, 'pizza'), close, { by: ann, type: 'reopen' })
    expect(decide(state, vote(bob, 'sushi'))).toEqual([
      { type: 'vote_changed', from: picks('pizza'), to: picks('sushi') },
    ])
  })
})

describe('withdrawing', () => {
  const withdraw: Command = { by: bob, type: 'withdrawVote' }

  test('removes the ballot', () => {
    expect(decide(lunchAfter(vote(bob, 'pizza')), withdraw)).toEqual([{ type: 'vote_withdrawn', from: picks('pizza') }])
    expect(lunchAfter(vote(bob, 'pizza'), withdraw).poll.totalVotes).toBe(0)
  })

  test('without a ballot changes nothing', () => {
    expect(decide(lunchAfter(vote(cem, 'pizza')), withdraw)).toEqual([])
  })

  test('refuses when the poll is closed', () => {
    expect(decide(lunchAfter(vote(bob, 'pizza'), close), withdraw)).toEqual(refused('poll_closed', 3))
  })
})

describe('adding an option', () => {
  test('is open to anyone', () => {
    expect(decide(lunchAfter(), pastaBy(bob))).toEqual([
      { type: 'option_added', option: { id: 'pasta', title: 'Pasta' } },
    ])
  })

  test('puts it last, without votes, under its author’s name', () => {
    const { options } = lunchAfter(pastaBy(bob)).poll
    expect(options.at(-1)).toMatchObject({ id: 'pasta', title: 'Pasta', votes: 0, maybes: 0, addedById: 'bob' })
  })

  test('refuses others if only the creator may', () => {
    expect(decide(locked(), pastaBy(bob))).toEqual(refused('options_locked', 2))
  })

  test('is still open to the creator then', () => {
    expect(decide(locked(), pastaBy(ann))).toMatchObject([{ type: 'option_added' }])
  })

  test.each(['Pizza', ' pizza ', 'PIZZA', 'ｐｉｚｚａ'])('refuses %j next to “Pizza”', (title) => {
    const command: Command = { by: bob, type: 'addOption', option: { id: 'other', title } }
    expect(decide(lunchAfter(), command)).toEqual(refused('option_exists', 1))
  })

  test('refuses the fifty-first option', () => {
    const more = Array.from({ length: 47 }, (_, index): Command => {
      return { by: bob, type: 'addOption', option: { id: `more-${index}`, title: `More ${index}` } }
    })
    const full = lunchAfter(...more)
    expect(full.poll.options).toHaveLength(50)
    expect(decide(full, pastaBy(bob))).toEqual(refused('too_many_options', 48))
  })

  test('refuses in a closed poll, for the creator too', () => {
    expect(decide(lunchAfter(close), pastaBy(ann))).toEqual(refused('poll_closed', 2))
  })
})

describe('commenting', () => {
  const comment: Command = { by: bob, type: 'comment', body: 'Not pizza again' }

  test('counts the comments', () => {
    expect(decide(lunchAfter(), comment)).toEqual([{ type: 'commented', body: 'Not pizza again' }])
    expect(lunchAfter(comment, comment).poll.totalComments).toBe(2)
  })

  test('continues when the poll is closed', () => {
    expect(decide(lunchAfter(close), comment)).toEqual([{ type: 'commented', body: 'Not pizza again' }])
  })
})

describe('closing', () => {
  test('names the winner', () => {
    const state = lunchAfter(vote(ann, 'sushi'), vote(bob, 'pizza'), vote(cem, 'pizza'))
    expect(decide(state, close)).toEqual([
      { type: 'closed', outcome: { kind: 'winner', options: ['pizza'], votes: 2 } },
    ])
  })

  test('names all tied options', () => {
    const state = lunchAfter(vote(bob, 'falafel'), vote(cem, 'pizza'))
    expect(decide(state, close)).toEqual([
      { type: 'closed', outcome: { kind: 'tie', options: ['pizza', 'falafel'], votes: 1 } },
    ])
  })

  test('says that nobody voted', () => {
    expect(decide(lunchAfter(), close)).toEqual([
      { type: 'closed', outcome: { kind: 'no_votes', options: [], votes: 0 } },
    ])
  })

  test('stores its time', () => {
    expect(lunchAfter(close).poll).toMatchObject({ status: 'closed', closedAt: expect.any(Date) })
  })

  test('twice changes nothing', () => {
    expect(decide(lunchAfter(close), close)).toEqual([])
  })
})

describe('reopening', () => {
  const reopen: Command = { by: ann, type: 'reopen' }

  test('opens the poll, and takes it out of the archive', () => {
    const { poll } = lunchAfter(close, { by: ann, type: 'archive' }, reopen)
    expect(poll).toMatchObject({ status: 'open', closedAt: null, archivedAt: null })
  })

  test('an open poll changes nothing', () => {
    expect(decide(lunchAfter(), reopen)).toEqual([])
  })
})

describe('a poll for people who have signed in', () => {
  const limited = (...commands: Command[]) => lunchAfter(limit, ...commands)
  const vouched = (by: Command['by']) => ({ ...vote(by, 'pizza'), isSignedIn: true }) as Command

  test('refuses a guest’s vote', () => {
    expect(decide(limited(), vote(bob, 'pizza'))).toEqual(refused('sign_in_required', 2))
  })

  test('lets others vote, and withdraw their votes even as guests later', () => {
    expect(limited(vouched(bob)).poll.totalVotes).toBe(1)
    expect(decide(limited(vouched(bob)), { by: bob, type: 'withdrawVote' })).toEqual([
      { type: 'vote_withdrawn', from: picks('pizza') },
    ])
  })

  test('lets guests comment and add options', () => {
    expect(limited({ by: bob, type: 'comment', body: 'Why?' }, pastaBy(bob)).poll.options).toHaveLength(4)
  })

  test('can be created as such', () => {
    const [created] = decide(undefined, { ...lunch, votersSignedIn: true }) as EventFacts[]
    expect(created).toMatchObject({ type: 'created', votersSignedIn: true })
    expect(decide(undefined, { ...lunch, votersSignedIn: false })).toEqual([
      expect.not.objectContaining({ votersSignedIn: false }),
    ])
  })
})

describe('a closing time', () => {
  const edit = { by: ann, type: 'edit' } as const
  const [past, tonight, tooFar] = ['2026-03-14T12:00Z', '2026-03-14T21:00+01:00', '2028-12-08T12:00:00.001Z']
  const inUtc = '2026-03-14T20:00:00.000Z'
  const wrong = (revision?: number) => ({ code: 'invalid_input', revision, problems: [{ path: 'closesAt' }] })

  test('is part of a new poll, in UTC', () => {
    expect(decide(undefined, { ...lunch, closesAt: tonight })).toMatchObject([{ type: 'created', closesAt: inUtc }])
    expect(decide(undefined, { ...lunch, closesAt: null })).toEqual([expect.not.objectContaining({ closesAt: null })])
  })

  test('is logged when it is set, moved and removed', () => {
    expect(decide(lunchAfter(), { ...edit, closesAt: tonight })).toEqual([
      { type: 'edited', closesAt: { from: null, to: inUtc } },
    ])
    const told = lunchAfter({ ...edit, closesAt: tonight })
    expect(told.poll.closesAt).toEqual(new Date(inUtc))
    expect(decide(told, { ...edit, closesAt: null })).toEqual([{ type: 'edited', closesAt: { from: inUtc, to: null } }])
    expect(lunchAfter({ ...edit, closesAt: tonight }, { ...edit, closesAt: null }).poll.closesAt).toBeNull()
  })

  test('changes nothing when set again, in any notation', () => {
    expect(decide(lunchAfter({ ...edit, closesAt: tonight }), { ...edit, closesAt: inUtc })).toEqual([])
    expect(decide(lunchAfter(), { ...edit, closesAt: null })).toEqual([])
  })

  test.each([past, tooFar])('lies ahead, and at most 1,000 days: not %s', (closesAt) => {
    expect(decide(undefined, { ...lunch, closesAt })).toMatchObject(wrong())
    expect(decide(lunchAfter(), { ...edit, closesAt })).toMatchObject(wrong(1))
  })

  test('cannot be set in a closed poll', () => {
    expect(decide(lunchAfter(close), { ...edit, closesAt: tonight })).toEqual(refused('poll_closed', 2))
  })

  test('is set by the creator only', () => {
    expect(decide(lunchAfter(), { ...edit, by: bob, closesAt: tonight })).toEqual(refused('forbidden', 1))
  })
})

describe('editing', () => {
  const edit = { by: ann, type: 'edit' } as const

  test('logs the old and the new values', () => {
    expect(decide(lunchAfter(), { ...edit, title: 'Dinner?', optionsOpen: false })).toEqual([
      {
        type: 'edited',
        title: { from: 'Where to eat lunch?', to: 'Dinner?' },
        optionsOpen: { from: true, to: false },
      },
    ])
  })

  test('can empty the description', () => {
    expect(lunchAfter({ ...edit, description: '' }).poll.description).toBe('')
  })

  test('moves the poll to another category, or out of any', () => {
    const toGames = { ...edit, category: 'Games' }
    expect(decide(lunchAfter(), toGames)).toEqual([{ type: 'edited', category: { from: 'Food', to: 'Games' } }])
    expect(lunchAfter(toGames).poll.category).toBe('Games')
    expect(lunchAfter(toGames, { ...edit, category: '' }).poll.category).toBe('')
  })

  const afterVotes = () => ({ ...lunchAfter(vote(ann, 'pizza'), vote(bob, 'pizza'), vote(cem, 'sushi')), guests })

  test('limits a poll to signed-in people, and sets the ballots of guests aside', () => {
    const uncounted = [
      { personId: bob.id, choices: picks('pizza') },
      { personId: cem.id, choices: picks('sushi') },
    ]
    expect(decide(afterVotes(), limit)).toEqual([
      { type: 'edited', votersSignedIn: { from: false, to: true }, uncounted },
    ])
  })

  test('sets nothing aside without votes of guests, or when the limit is lifted', () => {
    const only = { type: 'edited', votersSignedIn: { from: false, to: true } }
    expect(decide({ ...afterVotes(), guests: new Set() }, limit)).toEqual([only])
    expect(decide({ ...lunchAfter(), guests: undefined }, limit)).toEqual([only])
    const limited = lunchAfter(limit, { ...vote(ann, 'pizza'), isSignedIn: true } as Command)
    expect(decide({ ...limited, guests: new Set(['ann']) }, limit)).toEqual([])
    expect(decide(limited, { ...edit, votersSignedIn: false })).toEqual([
      { type: 'edited', votersSignedIn: { from: true, to: false } },
    ])
  })

  test('keeps guests’ votes in a closed poll, and in one with too many votes', () => {
    expect(decide({ ...lunchAfter(vote(bob, 'pizza'), close), guests }, limit)).toEqual(refused('poll_closed', 3))
    expect(decide(lunchAfter(limit, close), { ...edit, votersSignedIn: false })).toEqual(refused('poll_closed', 3))
    const many = lunchAfter(vote(bob, 'pizza'))
    many.poll.totalVotes = 1_001
    expect(decide({ ...many, guests }, limit)).toEqual(refused('poll_has_votes', 2))
    expect(decide({ ...lunchAfter(vote(bob, 'pizza')), guests: undefined }, limit)).toEqual(
      refused('poll_has_votes', 2),
    )
  })

  test('counts votes again that were set aside when guests may vote, unless they have a newer one', () => {
    const again = { ...edit, votersSignedIn: false }
    const asked = [
      vote(bob, 'pizza'),
      vote(cem, 'sushi'),
      limit,
      { ...vote(cem, 'pizza'), isSignedIn: true } as Command,
    ]
    expect(lunchAfter(...asked).poll.totalVotes).toBe(1)
    const recounted = [{ personId: bob.id, choices: picks('pizza') }]
    const change = { from: true, to: false }
    expect(decide(lunchAfter(...asked), again)).toEqual([{ type: 'edited', votersSignedIn: change, recounted }])
    const { poll, ballots } = lunchAfter(...asked, again)
    expect([poll.totalVotes, poll.options[0]?.votes]).toEqual([2, 2])
    expect(ballots.get('bob')).toEqual({ choices: picks('pizza'), revision: 2, counted: true })
  })

  test('without a difference changes nothing', () => {
    const { title, description, category } = lunch
    expect(decide(lunchAfter(), { ...edit, title, description, category })).toEqual([])
  })
})

describe('archiving', () => {
  const archive: Command = { by: ann, type: 'archive' }

  test('moves a closed poll to the archive', () => {
    expect(decide(lunchAfter(close), archive)).toEqual([{ type: 'archived' }])
    expect(lunchAfter(close, archive).poll.archivedAt).toBeInstanceOf(Date)
  })

  test('refuses an open poll', () => {
    expect(decide(lunchAfter(), archive)).toEqual(refused('poll_open', 1))
  })

  test('can be undone', () => {
    const { poll } = lunchAfter(close, archive, { by: ann, type: 'unarchive' })
    expect(poll).toMatchObject({ status: 'closed', archivedAt: null })
  })

  test('twice changes nothing, and neither does restoring an unarchived poll', () => {
    expect(decide(lunchAfter(close, archive), archive)).toEqual([])
    expect(decide(lunchAfter(close), { by: ann, type: 'unarchive' })).toEqual([])
  })
})

describe('deleting', () => {
  const remove: Command = { by: ann, type: 'delete' }

  test('removes a poll without votes', () => {
    expect(decide(lunchAfter({ by: bob, type: 'comment', body: 'Hm' }), remove)).toEqual([{ type: 'deleted' }])
  })

  test('refuses a poll with votes, closed or not', () => {
    expect(decide(lunchAfter(vote(bob, 'pizza')), remove)).toEqual(refused('poll_has_votes', 2))
    expect(decide(lunchAfter(vote(bob, 'pizza'), close), remove)).toEqual(refused('poll_has_votes', 3))
  })
})

describe('a vote that was set aside', () => {
  const count: Command = { by: bob, type: 'countVote' }
  const asked = [vote(bob, 'pizza'), limit]

  test('counts once after the voter signs in, with its old time', () => {
    expect(decide(lunchAfter(...asked), count)).toEqual([{ type: 'vote_counted', choices: picks('pizza') }])
    const state = lunchAfter(...asked, count)
    expect(state.poll.totalVotes).toBe(1)
    expect(state.ballots.get('bob')).toEqual({ choices: picks('pizza'), revision: 2, counted: true })
    expect(decide(state, count)).toEqual([])
  })

  test('does not count in a closed poll, and does nothing without a ballot', () => {
    expect(decide(lunchAfter(...asked, close), count)).toEqual([])
    expect(decide(lunchAfter(vote(bob, 'pizza')), count)).toEqual([])
    expect(decide(lunchAfter(limit), count)).toEqual([])
  })

  test('cannot be withdrawn, and a new one replaces it', () => {
    expect(decide(lunchAfter(...asked), { by: bob, type: 'withdrawVote' })).toEqual([])
    const signedIn = { ...vote(bob, 'pizza'), isSignedIn: true } as Command
    expect(decide(lunchAfter(...asked), signedIn)).toEqual([{ type: 'voted', choices: picks('pizza') }])
    expect(decide(lunchAfter(...asked, signedIn), count)).toEqual([])
  })
})

test.each<Command>([
  { by: bob, type: 'close' },
  { by: bob, type: 'reopen' },
  { by: bob, type: 'edit', title: 'Mine now' },
  { by: bob, type: 'archive' },
  { by: bob, type: 'unarchive' },
  { by: bob, type: 'delete' },
])('$type is only for the creator', (command) => {
  expect(decide(lunchAfter(), command)).toEqual(refused('forbidden', 1))
})

describe('a guest who signs in', () => {
  const merge: Command = { by: { ...bob, isSignedIn: true }, type: 'mergeGuest', guest: cem }
  const votes = (state: PollState) => [...state.poll.options.map(({ votes }) => votes), state.poll.totalVotes]
  const merged = (guestChoices: string[], from: string[], to: string[]) => [
    { type: 'guest_merged', guest: cem, guestChoices: picks(...guestChoices), from: picks(...from), to: picks(...to) },
  ]

  test('has the guest’s ballot as the person’s, with its old time', () => {
    const asked = [vote(cem, 'pizza'), vote(ann, 'pizza')]
    expect(decide(lunchAfter(...asked), merge)).toEqual(merged(['pizza'], [], ['pizza']))
    const state = lunchAfter(...asked, merge)
    expect(state.ballots).toEqual(
      new Map([
        ['ann', { choices: picks('pizza'), revision: 3, counted: true }],
        ['bob', { choices: picks('pizza'), revision: 2, counted: true }],
      ]),
    )
    expect(votes(state)).toEqual([2, 0, 0, 2])
  })

  test.each([
    ['the guest’s', [vote(bob, 'sushi'), vote(cem, 'pizza')], 'pizza', [1, 0, 0, 1]],
    ['their own', [vote(cem, 'pizza'), vote(bob, 'sushi')], 'sushi', [0, 1, 0, 1]],
    ['the one changed last', [vote(cem, 'falafel'), vote(bob, 'sushi'), vote(cem, 'pizza')], 'pizza', [1, 0, 0, 1]],
  ])('with votes as both has the newer ballot: %s', (_whose, asked, left, counts) => {
    expect(decide(lunchAfter(...asked), merge)).toEqual(merged(['pizza'], ['sushi'], [left]))
    const state = lunchAfter(...asked, merge)
    expect([...state.ballots.keys()]).toEqual(['bob'])
    expect(votes(state)).toEqual(counts)
  })

  test('with the same vote as both has one vote', () => {
    const state = lunchAfter(vote(bob, 'pizza'), vote(cem, 'pizza'), merge)
    expect(votes(state)).toEqual([1, 0, 0, 1])
  })

  test('counts a vote that was set aside, unless the person has a newer one or the poll is closed', () => {
    const signedIn = { ...vote(bob, 'sushi'), isSignedIn: true } as Command
    const setAside = (from: string[], to: string[]) => [{ ...merged(['pizza'], from, to)[0], setAside: true }]
    const alone = [vote(cem, 'pizza'), limit]
    expect(decide(lunchAfter(...alone), merge)).toEqual(setAside([], ['pizza']))
    expect(votes(lunchAfter(...alone, merge))).toEqual([1, 0, 0, 1])
    expect(decide(lunchAfter(...alone, signedIn), merge)).toEqual(setAside(['sushi'], ['sushi']))
    expect(votes(lunchAfter(...alone, signedIn, merge))).toEqual([0, 1, 0, 1])
    expect(decide(lunchAfter(...alone, close), merge)).toEqual(setAside([], []))
    expect(votes(lunchAfter(...alone, close, merge))).toEqual([0, 0, 0, 0])
  })

  test('counts the newer vote that was set aside instead of the person’s own', () => {
    const state = { ...lunchAfter(vote(bob, 'sushi'), vote(cem, 'pizza')), guests: new Set([cem.id]) }
    const [limited] = decide(state, limit) as [EventFacts]
    apply(state, { revision: 4, actor: ann, at: new Date(), facts: limited })
    expect(decide(state, merge)).toEqual([{ ...merged(['pizza'], ['sushi'], ['pizza'])[0], setAside: true }])
  })

  test('owns the poll and the options that the guest made', () => {
    const asked: Command[] = [pastaBy(cem), { by: bob, type: 'mergeGuest', guest: ann }, merge]
    const { poll } = lunchAfter(...asked)
    expect(poll.createdBy).toEqual(bob)
    expect(poll.options.map(({ addedById }) => addedById)).toEqual(['bob', 'bob', 'bob', 'bob'])
    expect(decide(lunchAfter(...asked), { by: ann, type: 'close' })).toEqual(refused('forbidden', 4))
    expect(decide(lunchAfter(...asked), { by: bob, type: 'close' })).toHaveLength(1)
  })

  test('with several guest names has the newest of all ballots', () => {
    const asked = [vote(ann, 'pizza'), vote(bob, 'sushi'), vote(cem, 'falafel')]
    const after = lunchAfter(...asked, merge, { by: ann, type: 'mergeGuest', guest: bob })
    expect(after.ballots).toEqual(new Map([['ann', { choices: picks('falafel'), revision: 4, counted: true }]]))
    expect(votes(after)).toEqual([0, 0, 1, 1])
  })

  test('has one ballot in a closed poll too, and the log keeps the announced outcome', () => {
    const state = lunchAfter(vote(cem, 'pizza'), vote(bob, 'sushi'), close, merge)
    expect(state.poll).toMatchObject({ status: 'closed', totalVotes: 1 })
  })

  test('changes nothing without any data, twice, or as the same person', () => {
    expect(decide(lunchAfter(vote(bob, 'pizza'), { by: cem, type: 'comment', body: 'Hi' }), merge)).toEqual([])
    expect(decide(lunchAfter(vote(cem, 'pizza'), merge), merge)).toEqual([])
    expect(decide(lunchAfter(vote(bob, 'pizza')), { by: bob, type: 'mergeGuest', guest: bob })).toEqual([])
  })
})
