import { describe, expect, test } from 'vitest'
import type { Command } from '../../src/polls/model/commands.ts'
import type { PollState } from '../../src/polls/model/poll.ts'
import { decide as decideAt } from '../../src/polls/rules/decide.ts'
import { picks } from '../support/picks.ts'
import { ann, bob, lunch, lunchAfter, noon, PollLog } from '../support/poll-log.ts'

const decide = (state: PollState | undefined, command: Command) => decideAt(state, command, noon)
const vote = (...choices: string[]): Command => ({ by: bob, type: 'castVote', choices: picks(...choices) })
const choose = (optionId: string): Command => ({ by: bob, type: 'chooseOption', optionId, isChosen: true })
const unchoose = (optionId: string): Command => ({ by: bob, type: 'chooseOption', optionId, isChosen: false })
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code })

/** The lunch poll as a multiple choice, after these commands. */
function severalAfter(maxChoices: number | null, ...commands: Command[]): PollState {
  const log = new PollLog()
  for (const one of [{ ...lunch, method: 'multiple_choice', maxChoices } as Command, ...commands]) log.submit(one)
  return log.state as PollState
}
const several = (...commands: Command[]) => severalAfter(null, ...commands)
const votesOf = ({ poll }: PollState) => poll.options.map(({ votes }) => votes)

describe('a multiple choice', () => {
  test('is in the first event, a single choice is not', () => {
    const asked = { ...lunch, method: 'multiple_choice', maxChoices: 2 } as const
    expect(decide(undefined, asked)).toMatchObject([{ method: 'multiple_choice', maxChoices: 2 }])
    const [single] = decide(undefined, { ...lunch, method: 'single_choice' }) as object[]
    expect(Object.keys(single ?? {})).not.toContain('method')
  })

  test('counts one vote for each chosen option, and one voter', () => {
    const state = several(vote('sushi', 'pizza'), { by: ann, type: 'castVote', choices: picks('sushi') })
    expect([votesOf(state), state.poll.totalVotes]).toEqual([[1, 2, 0], 2])
  })

  test('accepts choices in any order, and logs them in the poll’s order', () => {
    expect(decide(several(), vote('falafel', 'pizza'))).toEqual([{ type: 'voted', choices: picks('pizza', 'falafel') }])
    expect(decide(several(vote('falafel', 'pizza')), vote('pizza', 'falafel'))).toEqual([])
  })

  test.each([
    ['invalid_choices', vote()],
    ['invalid_choices', vote('pizza', 'pizza')],
    ['invalid_choices', vote('pizza', 'sushi', 'falafel')],
    ['unknown_option', vote('pizza', 'pasta')],
  ])('of at most two is refused as %s: %j', (code, command) => {
    expect(decide(severalAfter(2), command)).toEqual(refused(code))
  })
})

describe('a quorum', () => {
  const withQuorum = (...commands: Command[]): PollState => {
    const log = new PollLog()
    for (const one of [{ ...lunch, quorum: 2 } as Command, ...commands]) log.submit(one)
    return log.state as PollState
  }
  const close: Command = { by: ann, type: 'close' }
  const byAnn: Command = { by: ann, type: 'castVote', choices: picks('sushi') }

  test('is in the first event only if the poll has one', () => {
    expect(decide(undefined, { ...lunch, quorum: 2 })).toMatchObject([{ quorum: 2 }])
    expect(decide(undefined, { ...lunch, quorum: null })).toEqual([expect.not.objectContaining({ quorum: null })])
  })

  test('that is not reached leaves the poll without a result', () => {
    expect(decide(withQuorum(vote('sushi')), close)).toMatchObject([
      { type: 'closed', outcome: { kind: 'no_quorum', options: [], votes: 0 } },
    ])
  })

  test('that is reached lets the votes decide', () => {
    expect(decide(withQuorum(vote('sushi'), byAnn), close)).toMatchObject([
      { outcome: { kind: 'winner', options: ['sushi'], votes: 2 } },
    ])
  })

  test('does not matter without votes', () => {
    expect(decide(withQuorum(), close)).toMatchObject([{ outcome: { kind: 'no_votes' } }])
  })
})

describe('choosing an option', () => {
  test('adds it to the others of a multiple choice', () => {
    expect(decide(several(vote('sushi')), choose('pizza'))).toEqual([
      { type: 'vote_changed', from: picks('sushi'), to: picks('pizza', 'sushi') },
    ])
    expect(votesOf(several(vote('sushi'), choose('pizza')))).toEqual([1, 1, 0])
  })

  test.each<[place: number | undefined, ranking: string[]]>([
    [undefined, ['sushi', 'pizza', 'falafel']],
    [1, ['falafel', 'sushi', 'pizza']],
    [2, ['sushi', 'falafel', 'pizza']],
    [3, ['sushi', 'pizza', 'falafel']],
    [50, ['sushi', 'pizza', 'falafel']],
  ])('puts it at its rank: %s', (place, to) => {
    const log = new PollLog()
    for (const one of [{ ...lunch, method: 'ranked' } as Command, vote('sushi', 'pizza')]) log.submit(one)
    const command: Command = {
      by: bob,
      type: 'chooseOption',
      optionId: 'falafel',
      isChosen: true,
      ...(place && { place }),
    }
    expect(decide(log.state, command)).toEqual([
      { type: 'vote_changed', from: picks('sushi', 'pizza'), to: picks(...to) },
    ])
  })

  test('replaces the choice of a single choice', () => {
    expect(decide(lunchAfter(vote('sushi')), choose('pizza'))).toEqual([
      { type: 'vote_changed', from: picks('sushi'), to: picks('pizza') },
    ])
  })

  test('that is already chosen changes nothing', () => {
    expect(decide(several(vote('sushi', 'pizza')), choose('sushi'))).toEqual([])
    expect(decide(lunchAfter(vote('sushi')), choose('sushi'))).toEqual([])
  })

  test('is refused at the maximum, until one is withdrawn', () => {
    const full = severalAfter(2, vote('pizza', 'sushi'))
    expect(decide(full, choose('falafel'))).toEqual(refused('invalid_choices'))
    expect(decide(severalAfter(2, vote('pizza', 'sushi'), unchoose('pizza')), choose('falafel'))).toEqual([
      { type: 'vote_changed', from: picks('sushi'), to: picks('sushi', 'falafel') },
    ])
  })

  test('is refused in a closed poll, and for a missing option', () => {
    expect(decide(several({ by: ann, type: 'close' }), choose('pizza'))).toEqual(refused('poll_closed'))
    expect(decide(several(), choose('pasta'))).toEqual(refused('unknown_option'))
  })
})

describe('withdrawing an option', () => {
  test('leaves the others', () => {
    expect(decide(several(vote('pizza', 'sushi')), unchoose('pizza'))).toEqual([
      { type: 'vote_changed', from: picks('pizza', 'sushi'), to: picks('sushi') },
    ])
  })

  test('withdraws the vote with the last option', () => {
    expect(decide(several(vote('pizza')), unchoose('pizza'))).toEqual([
      { type: 'vote_withdrawn', from: picks('pizza') },
    ])
    expect(decide(lunchAfter(vote('pizza')), unchoose('pizza'))).toEqual([
      { type: 'vote_withdrawn', from: picks('pizza') },
    ])
  })

  test('that was not chosen changes nothing', () => {
    for (const state of [several(), several(vote('pizza')), lunchAfter(vote('pizza'))])
      expect(decide(state, unchoose('sushi'))).toEqual([])
  })

  test('is refused in a closed poll', () => {
    const closed = several(vote('pizza', 'sushi'), { by: ann, type: 'close' })
    expect(decide(closed, unchoose('pizza'))).toEqual(refused('poll_closed'))
  })
})
