import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refusal } from '../../src/errors.ts'
import { type Batch, type CommandResult, lockedNewPoll } from '../../src/polls/ballot-box/batch.ts'
import { decideSubmission } from '../../src/polls/ballot-box/decide-batch.ts'
import { chosen, namesOption } from '../../src/polls/model/choices/choices.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Choices, PollState, Receipt } from '../../src/polls/model/poll.ts'
import type { PollMethod } from '../../src/polls/model/poll-rules.ts'
import { noon } from '../support/poll-log.ts'

const runs = { numRuns: 500 }
const pollId = 'abcdefghijkmnpqr'
const creator = { id: 'creator', name: 'Creator' }
const people = ['ann', 'bob', 'cem', 'dan', 'eve'].map((id) => ({ id, name: id }))
const receipts = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map(
  (code): Receipt => ({ lookup: code, hash: `hash of ${code}` }),
)
const options = ['pizza', 'sushi', 'soup'].map((id) => ({ id, title: id }))
const ids = options.map(({ id }) => id)

const ballots: Partial<Record<PollMethod, fc.Arbitrary<string[]>>> = {
  single_choice: fc.constantFrom(...ids).map((id) => [id]),
  multiple_choice: fc.subarray(ids, { minLength: 1 }),
  ranked: fc.shuffledSubarray(ids, { minLength: 1 }),
}

/** Commands by any person with any receipt or none, also another person's. */
const command = (method: PollMethod): fc.Arbitrary<Command> => {
  const vote = fc.record({ by: fc.constantFrom(...people), receipt: fc.constantFrom(...receipts, undefined) })
  const choices = ballots[method] ?? fc.constant([])
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(vote, choices)
        .map(([own, cast]) => ({ ...own, type: 'castVote', choices: chosen(cast) }) as Command),
    },
    { weight: 3, arbitrary: vote.map((own) => ({ ...own, type: 'withdrawVote' }) as Command) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(vote, fc.constantFrom(...ids), fc.boolean())
        .map(([own, optionId, isChosen]) => ({ ...own, type: 'chooseOption', optionId, isChosen }) as Command),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...people), fc.constantFrom(...people))
        .map(([by, guest]) => ({ type: 'mergeGuest', by, guest }) as Command),
    },
    { weight: 1, arbitrary: fc.constantFrom('close', 'reopen').map((type) => ({ by: creator, type }) as Command) },
  )
}

/** Decides and applies commands like a batch, without a database. */
function asked(commands: readonly Command[]): {
  state: PollState
  answers: (CommandResult | Refusal)[]
  states: PollState[]
} {
  const batch: Batch = {
    polls: new Map([[pollId, lockedNewPoll()]]),
    keys: new Map(),
    now: noon,
  }
  const states: PollState[] = []
  const answers = commands.map((one) => {
    const given = decideSubmission(batch, { pollId, command: one }) as CommandResult | Refusal
    states.push(structuredClone(batch.polls.get(pollId)?.state as PollState))
    return given
  })
  return { state: batch.polls.get(pollId)?.state as PollState, answers, states }
}

const methods = fc.constantFrom<PollMethod>('single_choice', 'multiple_choice', 'ranked')
const stories = methods.chain((method) =>
  fc.array(command(method), { maxLength: 40, size: 'max' }).map((rest): Command[] => {
    const texts = { title: 'Lunch', description: '', category: '', optionsOpen: true }
    return [{ by: creator, type: 'create', ...texts, method, anonymous: true, options }, ...rest]
  }),
)

const onBallots = ({ anonymousBallots }: PollState) =>
  [...(anonymousBallots?.values() ?? [])].map(({ choices }) => choices)
const votesIn = (ballots: readonly Choices[], method: PollMethod, id: string) =>
  ballots.filter((choices) => (method === 'ranked' ? choices[0]?.optionId === id : namesOption(choices, id))).length

test('the box has as many ballots as votes, and only a receipt changes a ballot', () => {
  fc.assert(
    fc.property(stories, (commands) => {
      const { answers, states } = asked(commands)
      for (const [index, state] of states.entries()) {
        expect(state.anonymousBallots?.size).toBe(state.poll.totalVotes)
        const [before, one] = [states[index - 1], commands[index]]
        if (!before || !one) continue
        for (const [lookup, ballot] of before.anonymousBallots ?? []) {
          const isOwn = 'receipt' in one && one.receipt?.lookup === lookup
          if (!isOwn || answers[index] instanceof Refusal) expect(state.anonymousBallots?.get(lookup)).toEqual(ballot)
        }
      }
    }),
    runs,
  )
})

test('nobody casts a second ballot before withdrawing the first', () => {
  fc.assert(
    fc.property(stories, (commands) => {
      const { answers } = asked(commands)
      const voters = new Set<string>()
      for (const [index, one] of commands.entries()) {
        const given = answers[index]
        if (!given || given instanceof Refusal) continue
        if (one.type === 'mergeGuest' && one.by.id !== one.guest.id && voters.delete(one.guest.id))
          voters.add(one.by.id)
        for (const { actor, facts } of given.events) {
          if (facts.type === 'secret_vote_cast') expect(voters.has(actor.id)).toBe(false)
          if (facts.type === 'secret_vote_cast') voters.add(actor.id)
          if (facts.type === 'secret_vote_withdrawn') expect(voters.delete(actor.id)).toBe(true)
        }
      }
    }),
    runs,
  )
})

test('options have no votes until enough ballots are opened, then the votes of those ballots', () => {
  fc.assert(
    fc.property(stories, (commands) => {
      const { state } = asked([...commands, { by: creator, type: 'close' }])
      const { poll } = state
      const ballots = onBallots(state)
      const expected = ids.map((id) => (ballots.length < 3 ? 0 : votesIn(ballots, poll.method, id)))
      expect(poll.options.map(({ votes }) => votes)).toEqual(expected)
    }),
    runs,
  )
})

test('the log says only that votes were cast, and nothing about guests who sign in', () => {
  fc.assert(
    fc.property(stories, (commands) => {
      const { answers } = asked(commands)
      const events = answers.slice(1).flatMap((given) => (given instanceof Refusal ? [] : given.events))
      const votes = events.filter(({ facts }) => facts.type.startsWith('secret_'))
      for (const { facts } of votes) expect(Object.keys(facts)).toEqual(['type'])
      const others = events.filter((event) => !votes.includes(event))
      for (const { actor } of others) expect(actor).toEqual(creator)
    }),
    runs,
  )
})

test('nothing changes after ballots are opened', () => {
  fc.assert(
    fc.property(stories, stories, (commands, [, ...more]) => {
      const opened = asked([...commands, { by: creator, type: 'close' }])
      fc.pre(opened.state.poll.totalVotes >= 3)
      const after = asked([...commands, { by: creator, type: 'close' }, ...more])
      expect(onBallots(after.state)).toEqual(onBallots(opened.state))
      expect(after.state.poll.options).toEqual(opened.state.poll.options)
      expect(after.state.poll.status).toBe('closed')
    }),
    runs,
  )
})
