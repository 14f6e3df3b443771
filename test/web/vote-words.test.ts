import { describe, expect, test } from 'vitest'
import type { Phrase } from '../../src/polls/model/phrases.ts'
import { voteMeaning } from '../../src/web/poll/voting/vote-meaning.ts'
import { voteStatus } from '../../src/web/poll/voting/vote-status.ts'
import { close, OneBatch } from '../support/one-batch.ts'
import { picks } from '../support/picks.ts'
import { noon } from '../support/poll-log.ts'

const poll = (asked: object = {}) => new OneBatch(asked).poll
const inWords = (phrases: readonly Phrase[]) => phrases.map((phrase) => phrase.title ?? phrase.text).join('')

function statusOf(asked: object, choices: string[]): string | undefined {
  const status = voteStatus(poll(asked), picks(...choices), noon)
  return status && inWords(status.said) + (status.until?.exact ?? '') + status.after
}

describe('after a vote, the page says', () => {
  test('for what it is counted, and until when it can be changed', () => {
    expect(statusOf({}, ['pizza'])).toBe('Your vote for Pizza is counted. You can change it until the poll closes.')
    const closesAt = new Date(noon.getTime() + 6 * 3_600_000)
    expect(statusOf({ closesAt, timeZone: 'Europe/Riga' }, ['pizza'])).toBe(
      'Your vote for Pizza is counted. You can change it until Saturday, 14 March 2026 at 20:00 EET.',
    )
  })

  test.each([
    ['single_choice', ['pizza'], 'Your vote for Pizza is counted. It is final.'],
    [
      'multiple_choice',
      ['pizza', 'sushi'],
      'Your vote for Pizza and Sushi is counted. It is final: you can add options, but not withdraw any.',
    ],
    ['ranked', ['sushi', 'pizza'], 'Your ranking is counted. It is final: you can only add options at the end.'],
    [
      'score',
      ['pizza=3'],
      'Your points are counted. They are final: you can give points to more options, but not change any.',
    ],
    [
      'multiple_choice',
      ['pizza', 'sushi', 'falafel'],
      'Your vote for Pizza, Sushi and Falafel is counted. It is final.',
    ],
  ])('what is final of a %s', (method, choices, text) => {
    expect(statusOf({ method, votesFinal: true }, choices)).toBe(text)
  })

  test('nothing without a vote, or when the poll is closed', () => {
    expect(statusOf({}, [])).toBeUndefined()
    const batch = new OneBatch()
    batch.do(close)
    expect(voteStatus(batch.poll, picks('pizza'), noon)).toBeUndefined()
  })
})

describe('before a vote, the page says who will see it:', () => {
  const rooms = [{ name: 'Acme / Main' }, { name: 'Acme / Lunch' }]
  const meaning = (asked: object, seenIn = {}) => inWords(voteMeaning(poll(asked), { rooms: [], more: 0, ...seenIn }))

  test.each([
    [{}, 'Everybody can see who voted for what.'],
    [{ rooms: rooms.slice(0, 1) }, 'Everybody can see who voted for what, here and in Acme / Main.'],
    [{ rooms, more: 3 }, 'Everybody can see who voted for what, here, in Acme / Main, in Acme / Lunch and in 3 more.'],
    [{ rooms, unnamed: ['the team chat'] }, 'Everybody can see who voted for what, here and in the team chat.'],
    [
      { rooms, more: 3, unnamed: ['the team chat', 'another program'] },
      'Everybody can see who voted for what, here, in the team chat and in another program.',
    ],
  ])('everybody, in these places: %j', (seenIn, text) => {
    expect(meaning({}, seenIn)).toBe(`${text} You can change your vote until the poll closes.`)
  })

  test.each([
    [
      { anonymous: true },
      /^Nobody sees who voted for what\. When .* without names, if at least 3 people vote\. You can/,
    ],
    [{ anonymous: true, quorum: 5 }, /at least 5 people vote/],
    [{ resultsVisible: 'after_closing' }, /^When the poll closes, everybody can .*\. Until then, everybody sees only/],
    [{ resultsVisible: 'after_voting' }, /Until then, only people who have voted can\./],
    [{ votesFinal: true }, /what\. Votes are final: you cannot change yours\.$/],
  ])('as the rules say: %j', (asked, text) => {
    expect(meaning(asked)).toMatch(text)
  })
})
