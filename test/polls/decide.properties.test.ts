import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refusal } from '../../src/errors.ts'
import { namesOption } from '../../src/polls/model/choices/choices.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { PollEvent } from '../../src/polls/model/events.ts'
import type { Ballot, PollState } from '../../src/polls/model/poll.ts'
import { ann, bob, cem, guests, lunch, PollLog, replay } from '../support/poll-log.ts'

const optionIds = [...lunch.options.map(({ id }) => id), 'added-1', 'added-2', 'added-3', 'unknown']
const titles = ['Pizza', 'pasta', 'PASTA', 'Sushi ', 'Soup', 'ﬁsh', 'FISH']

/** Any command on a poll; many of them are refused. Votes are most frequent. */
const command: fc.Arbitrary<Command> = fc
  .tuple(
    fc.record({ by: fc.constantFrom(ann, bob, cem), ifRevision: fc.nat(20) }, { requiredKeys: ['by'] }),
    fc.oneof(
      {
        weight: 10,
        arbitrary: fc.record({
          type: fc.constant('castVote' as const),
          choices: fc.oneof(
            { weight: 9, arbitrary: fc.constantFrom(...optionIds).map((id) => [id]) },
            { weight: 1, arbitrary: fc.array(fc.constantFrom(...optionIds), { maxLength: 3 }) },
          ),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          type: fc.constant('chooseOption' as const),
          optionId: fc.constantFrom(...optionIds),
          isChosen: fc.boolean(),
        }),
      },
      { weight: 3, arbitrary: fc.constant({ type: 'withdrawVote' as const }) },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('addOption' as const),
          option: fc.record({ id: fc.constant(''), title: fc.constantFrom(...titles) }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('comment' as const), body: fc.string() }) },
      {
        weight: 1,
        arbitrary: fc.record(
          {
            type: fc.constant('edit' as const),
            title: fc.string(),
            category: fc.constantFrom('', 'Food', 'Games'),
            optionsOpen: fc.boolean(),
            votersSignedIn: fc.boolean(),
            maxChoices: fc.constantFrom(null, 2, 3),
            votesFinal: fc.boolean(),
            capacity: fc.constantFrom(null, 1, 2),
            resultsVisible: fc.constantFrom('always' as const, 'after_voting' as const),
            closesAt: fc.constantFrom(null, '2026-03-14T12:00Z', '2026-03-14T12:00:00.010Z', '2026-03-15T12:00+01:00'),
          },
          { requiredKeys: ['type'] },
        ),
      },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant('mergeGuest' as const), guest: fc.constantFrom(ann, bob, cem) }),
      },
      { weight: 1, arbitrary: fc.constant({ type: 'countVote' as const }) },
      {
        weight: 2,
        arbitrary: fc.constantFrom('close', 'reopen', 'archive', 'unarchive').map((type) => ({ type }) as Command),
      },
    ),
  )
  .map(([who, what]) => {
    const isVote = what.type === 'castVote' || what.type === 'chooseOption'
    const vouched = isVote && { isSignedIn: !guests.has(who.by.id) }
    return { ...what, ...who, ...vouched } as Command
  })

const created = fc.constantFrom<Command>(
  lunch,
  { ...lunch, method: 'multiple_choice' },
  { ...lunch, method: 'multiple_choice', maxChoices: 2 },
)

const commands = fc
  .tuple(created, fc.array(command, { maxLength: 60, size: 'max' }))
  .map(([first, list]): [Command, ...Command[]] => {
    let added = 0
    const rest = list.map((one) =>
      one.type === 'addOption' ? { ...one, option: { ...one.option, id: `added-${++added}` } } : one,
    )
    return [first, ...rest]
  })

function logOf(asked: readonly Command[]): PollLog & { state: PollState } {
  const log = new PollLog()
  for (const one of asked) log.submit(one)
  return log as PollLog & { state: PollState }
}

/** The ballots according to the log, without the code under test. */
function ballotsIn(events: readonly PollEvent[]): Map<string, Ballot> {
  const ballots = new Map<string, Ballot>()
  let isOpen = true
  const mark = (people: readonly { personId: string }[] = [], counted: boolean) => {
    for (const { personId } of people) ballots.set(personId, { ...(ballots.get(personId) as Ballot), counted })
  }
  for (const { revision, actor, facts } of events) {
    if (facts.type === 'voted') ballots.set(actor.id, { choices: facts.choices, revision, counted: true })
    if (facts.type === 'vote_changed') ballots.set(actor.id, { choices: facts.to, revision, counted: true })
    if (facts.type === 'vote_withdrawn') ballots.delete(actor.id)
    if (facts.type === 'closed' || facts.type === 'reopened') isOpen = facts.type === 'reopened'
    if (facts.type === 'vote_counted') mark([{ personId: actor.id }], true)
    if (facts.type === 'edited') {
      mark(facts.uncounted, false)
      mark(facts.recounted, true)
    }
    if (facts.type !== 'guest_merged') continue
    const both = [facts.guest.id, actor.id].flatMap((id) => ballots.get(id) ?? [])
    const standing = isOpen || both.every(({ counted }) => !counted) ? both : both.filter(({ counted }) => counted)
    const [newest] = standing.toSorted((one, other) => other.revision - one.revision)
    ballots.delete(facts.guest.id)
    if (newest) ballots.set(actor.id, { ...newest, counted: isOpen || newest.counted })
    expect(facts.to).toEqual(ballots.get(actor.id)?.counted ? newest?.choices : [])
  }
  return ballots
}

test('the tallies equal a recount of the ballots', () => {
  fc.assert(
    fc.property(commands, (asked) => {
      const { state, events } = logOf(asked)
      const ballots = ballotsIn(events)
      expect(state.ballots).toEqual(ballots)
      const counted = [...ballots.values()].filter(({ counted }) => counted)
      expect(state.poll.totalVotes).toBe(counted.length)
      for (const { id, votes } of state.poll.options) {
        expect(votes).toBe(counted.filter(({ choices }) => namesOption(choices, id)).length)
      }
    }),
  )
})

test('replaying the log gives the same state', () => {
  fc.assert(
    fc.property(commands, (asked) => {
      const { state, events } = logOf(asked)
      expect(replay('poll', events)).toEqual({ ...state, guests: undefined })
    }),
  )
})

test('a log from before categories existed is replayed', () => {
  const { events } = logOf([lunch, { by: ann, type: 'edit', title: 'Dinner?' }])
  const [created, ...rest] = events.map((event) => ({ ...event, facts: { ...event.facts, category: undefined } }))
  expect(replay('poll', [created, ...rest] as PollEvent[]).poll).toMatchObject({ title: 'Dinner?', category: '' })
})

test('revisions are consecutive', () => {
  fc.assert(
    fc.property(commands, (asked) => {
      const { state, events } = logOf(asked)
      expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => index + 1))
      expect(state.poll.revision).toBe(events.length)
    }),
  )
})

test('refused and redundant commands change nothing', () => {
  fc.assert(
    fc.property(commands, command, (asked, last) => {
      const log = logOf(asked)
      const before = structuredClone(log.state)
      const decision = log.submit(last)
      if (decision instanceof Refusal || decision.length === 0) expect(log.state).toEqual(before)
    }),
  )
})

test('no two options become alike', () => {
  fc.assert(
    fc.property(commands, (asked) => {
      const { options } = logOf(asked).state.poll
      expect(new Set(options.map(({ title }) => title.trim().normalize('NFKC').toLowerCase())).size).toBe(
        options.length,
      )
    }),
  )
})

test('a closed poll keeps its ballots, except when two are merged', () => {
  fc.assert(
    fc.property(commands, commands, (asked, then) => {
      const log = logOf([...asked, ...[ann, bob, cem].map((by): Command => ({ by, type: 'close' }))])
      const before = structuredClone(log.state.ballots)
      for (const one of then) if (!['reopen', 'mergeGuest'].includes(one.type)) log.submit(one)
      expect(log.state.ballots).toEqual(before)
    }),
  )
})

test('in a poll for signed-in people, no ballot of a guest counts', () => {
  fc.assert(
    fc.property(commands, commands, (asked, then) => {
      const unmerged = asked
        .filter(({ type }) => type !== 'mergeGuest' && type !== 'countVote')
        // Once places are taken, it is too late to change who can vote.
        .map((one) => (one.type === 'edit' && one.capacity ? { ...one, capacity: null } : one))
      const limit: Command[] = [
        { by: ann, type: 'reopen' },
        { by: ann, type: 'edit', votersSignedIn: true },
      ]
      const log = logOf([...unmerged, ...limit])
      expect(log.state.poll.votersSignedIn).toBe(true)
      expect([...log.state.ballots].filter(([id, { counted }]) => counted && guests.has(id))).toEqual([])
      const before = structuredClone(log.state.ballots)
      for (const one of then) {
        const isVote = one.type === 'castVote' || (one.type === 'chooseOption' && one.isChosen)
        const isOfGuest = isVote && !one.isSignedIn
        if (isOfGuest) expect(log.submit(one)).toBeInstanceOf(Refusal)
      }
      expect(log.state.ballots).toEqual(before)
    }),
  )
})

test('a merged guest has nothing left in the poll', () => {
  fc.assert(
    fc.property(commands, fc.constantFrom(ann, bob), (asked, guest) => {
      const log = logOf([...asked, { by: cem, type: 'mergeGuest', guest }])
      const { poll, ballots } = log.state
      expect([poll.createdBy.id, ...poll.options.map(({ addedById }) => addedById)]).not.toContain(guest.id)
      expect(ballots.has(guest.id)).toBe(false)
      expect(log.submit({ by: cem, type: 'mergeGuest', guest })).toEqual([])
    }),
  )
})
