import { describe, expect, test } from 'vitest'
import { Refusal } from '../../src/errors.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import { decide } from '../../src/polls/rules/decide.ts'
import { picks } from '../support/picks.ts'
import { ann, bob, lunch, lunchAfter, noon, PollLog } from '../support/poll-log.ts'

const rename: Command = { by: ann, type: 'renameOption', optionId: 'pizza', title: 'Calzone' }
const refused = { code: 'option_renamed' }

function answer(command: Command, given: object = {}) {
  const log = new PollLog()
  for (const one of [{ ...lunch, ...given } as Command, rename]) expect(log.submit(one)).not.toBeInstanceOf(Refusal)
  return decide(log.state, command, noon)
}

const vote = (choices: string[], shownRevision?: number): Command => {
  return { by: bob, type: 'castVote', choices: picks(...choices), ...(shownRevision && { shownRevision }) }
}

describe('a vote with the revision that the voter saw', () => {
  test('is refused for an option that was renamed since, and the refusal names the new title', () => {
    const refusal = answer(vote(['pizza'], 1))
    expect(refusal).toMatchObject({ code: 'option_renamed', revision: 2 })
    expect((refusal as Refusal).message).toContain('it is “Calzone” now')
  })

  test('is refused with titles that keep the direction of the sentence', () => {
    const log = new PollLog()
    for (const one of [lunch, rename, { ...rename, title: 'abc\u202Eפיצה' } as Command]) log.submit(one)
    const message = (command: Command) => (decide(log.state, command, noon) as Refusal).message
    expect(message(vote(['pizza'], 1))).toContain('it is “\u2068abcפיצה\u2069” now')
    const renamedLate = { ...rename, title: 'Pizza', shownRevision: 1 } as Command
    expect(message(renamedLate)).toContain('is “\u2068abcפיצה\u2069” now')
  })

  test('counts for the new title, and for options whose title is still the same', () => {
    expect(answer(vote(['pizza'], 2))).toEqual([{ type: 'voted', choices: picks('pizza') }])
    expect(answer(vote(['sushi'], 1))).toEqual([{ type: 'voted', choices: picks('sushi') }])
  })

  test('needs no revision to count', () => {
    expect(answer(vote(['pizza']))).toEqual([{ type: 'voted', choices: picks('pizza') }])
  })

  test.each([
    ['several options', { method: 'multiple_choice' }, ['sushi', 'pizza']],
    ['a ranking', { method: 'ranked' }, ['sushi', 'pizza']],
    ['points', { method: 'score' }, ['pizza=0', 'sushi=3', 'falafel=0']],
  ])('is refused in a poll of %s as well', (_method, given, choices) => {
    expect(answer(vote(choices, 1), given)).toMatchObject(refused)
    expect(answer(vote(choices, 2), given)).toMatchObject([{ type: 'voted' }])
  })

  test('is refused in an anonymous poll before its receipt is looked for', () => {
    expect(answer(vote(['pizza'], 1), { anonymous: true })).toMatchObject(refused)
  })

  test('by one click is refused for that option, not for others, and can still be withdrawn', () => {
    const choose = (optionId: string, isChosen = true): Command => {
      return { by: bob, type: 'chooseOption', optionId, isChosen, shownRevision: 2 }
    }
    const log = new PollLog()
    for (const one of [
      { ...lunch, method: 'multiple_choice' } as Command,
      vote(['pizza']),
      { ...rename, isConfirmed: true },
    ])
      log.submit(one as Command)
    expect(decide(log.state, choose('sushi'), noon)).toMatchObject([{ type: 'vote_changed' }])
    expect(decide(log.state, choose('pizza', false), noon)).toEqual([{ type: 'vote_withdrawn', from: picks('pizza') }])
    expect(decide(log.state, choose('pizza'), noon)).toMatchObject(refused)
  })
})

describe('a vote with the revision that the voter saw, in a poll whose question has changed since,', () => {
  const edit = (fields: object): Command => ({ by: ann, type: 'edit', ...fields })
  const ask = edit({ title: 'Where to eat dinner?', isConfirmed: true })

  function answerAfter(commands: Command[], command: Command, given: object = {}) {
    const log = new PollLog()
    for (const one of [{ ...lunch, ...given } as Command, ...commands]) log.submit(one)
    return decide(log.state, command, noon)
  }

  test('is refused, and the refusal names the new question', () => {
    const refusal = answerAfter([ask], vote(['pizza'], 1))
    expect(refusal).toMatchObject({ code: 'title_changed', revision: 2 })
    expect((refusal as Refusal).message).toBe(
      'The question was changed meanwhile: it is “Where to eat dinner?” now. Your vote was not counted. Check it, and vote again.',
    )
  })

  test('counts with the new question, and without a revision', () => {
    const voted = [{ type: 'voted', choices: picks('pizza') }]
    expect(answerAfter([ask], vote(['pizza'], 2))).toEqual(voted)
    expect(answerAfter([ask], vote(['pizza']))).toEqual(voted)
  })

  test('counts after other edits', () => {
    expect(answerAfter([edit({ description: 'On Monday.' })], vote(['pizza'], 1))).toMatchObject([{ type: 'voted' }])
    expect(answerAfter([ask, edit({ category: 'Fun' })], vote(['pizza'], 2))).toMatchObject([{ type: 'voted' }])
  })

  test('is refused in an anonymous poll before its receipt is looked for', () => {
    expect(answerAfter([ask], vote(['pizza'], 1), { anonymous: true })).toMatchObject({ code: 'title_changed' })
  })

  test('by one click is refused, unless it withdraws an option', () => {
    const choose = (optionId: string, isChosen: boolean): Command => {
      return { by: bob, type: 'chooseOption', optionId, isChosen, shownRevision: 2 }
    }
    const after = [vote(['pizza', 'sushi']), ask]
    const given = { method: 'multiple_choice' }
    expect(answerAfter(after, choose('falafel', true), given)).toMatchObject({ code: 'title_changed' })
    expect(answerAfter(after, choose('pizza', false), given)).toMatchObject([
      { type: 'vote_changed', to: picks('sushi') },
    ])
  })
})

test('a moved date refuses any answer that did not see it', () => {
  const dates = [
    { id: 'early', title: '2026-12-24T17:00Z' },
    { id: 'late', title: '2026-12-24T19:00Z' },
  ]
  const log = new PollLog()
  log.submit({ ...lunch, method: 'dates', timeZone: 'Europe/Berlin', options: dates })
  log.submit({ by: ann, type: 'renameOption', optionId: 'late', title: '2026-12-24T20:00Z' })
  const refusal = decide(log.state, vote(['early=yes', 'late=no'], 1), noon)
  expect(refusal).toMatchObject(refused)
  expect((refusal as Refusal).message).toContain('“Thu, 24 Dec 2026, 21:00 CET”')
})

test('a closed poll is refused as closed first', () => {
  const state = lunchAfter(rename, { by: ann, type: 'close' })
  expect(decide(state, vote(['pizza'], 1), noon)).toMatchObject({ code: 'poll_closed' })
})
