import type { EventFacts, EventType } from '../../../src/polls/model/events.ts'
import type { Choices, Poll } from '../../../src/polls/model/poll.ts'
import type { PollMethod } from '../../../src/polls/model/poll-rules.ts'
import { ann, at, option, poll } from '../../support/entries.ts'
import { picks } from '../../support/picks.ts'

type Picks = Record<PollMethod, { one: Choices; other: Choices }>

/** Two different ballots. */
export const ballots: Picks = {
  single_choice: { one: picks('o1'), other: picks('o2') },
  multiple_choice: { one: picks('o1', 'o2'), other: picks('o2', 'o3') },
  score: { one: picks('o1=3', 'o2=0'), other: picks('o1=5') },
  ranked: { one: picks('o1', 'o2'), other: picks('o2', 'o1') },
  dates: { one: picks('o1=yes', 'o2=if_need_be'), other: picks('o1=no', 'o3=yes') },
}

const dates = [option('o1', '2026-12-24', 3), option('o2', '2026-12-24T18:00', 1), option('o3', '2026-12-25', 0)]

/** An open poll of three options by this method. */
export function pollBy(method: PollMethod, about: Partial<Poll> = {}): Poll {
  const dated = { options: dates, timeZone: 'Europe/Berlin' }
  return { ...poll, method, ...(method === 'dates' && dated), ...about }
}

/** Every type of event that a poll by this method can have, in all its forms. */
export function everyEvent(method: PollMethod): Record<EventType, EventFacts[]> {
  const { one, other } = ballots[method]
  const bob = { id: 'bob', name: 'Bob' }
  const [{ id, title } = option('o1', '', 0)] = pollBy(method).options
  const [third, day] = [
    { id: 'o3', title: 'Falafel' },
    { id, title },
  ]
  const winner = { kind: 'winner' as const, options: ['o1'], votes: 3 }
  const texts = { title: 'Where to eat lunch?', description: 'Near the office', optionsOpen: true, options: [third] }
  return {
    created: [
      { type: 'created', ...texts },
      { type: 'created', ...texts, method, category: 'Food', closesAt: at.toISOString(), votesFinal: true },
    ],
    voted: [
      { type: 'voted', choices: one },
      { type: 'voted', choices: other },
    ],
    vote_changed: [
      { type: 'vote_changed', from: one, to: other },
      { type: 'vote_changed', from: one, to: one },
    ],
    vote_withdrawn: [{ type: 'vote_withdrawn', from: one }],
    secret_vote_cast: [{ type: 'secret_vote_cast' }],
    secret_vote_withdrawn: [{ type: 'secret_vote_withdrawn' }],
    option_added: [{ type: 'option_added', option: day }],
    option_proposed: [{ type: 'option_proposed', option: day }],
    proposal_approved: [{ type: 'proposal_approved', option: day }],
    proposal_dismissed: [{ type: 'proposal_dismissed', option: day }],
    option_renamed: [{ type: 'option_renamed', optionId: id, from: title, to: title }],
    option_removed: [
      { type: 'option_removed', option: day },
      { type: 'option_removed', option: day, changed: [{ personId: 'bob', choices: one }] },
    ],
    vote_set_aside: [{ type: 'vote_set_aside', voter: bob, choices: one, reason: 'Voted twice' }],
    vote_restored: [
      { type: 'vote_restored', voter: bob, choices: one },
      { type: 'vote_restored', voter: bob, choices: [] },
    ],
    voter_list_changed: [
      { type: 'voter_list_changed', voters: { from: 1, to: 2 } },
      { type: 'voter_list_changed', voters: { from: 2, to: 1 }, uncounted: [{ personId: 'bob', choices: one }] },
    ],
    commented: [
      { type: 'commented', body: 'Hungry\n\nSee example.org & more' },
      { type: 'commented', body: null },
    ],
    comment_edited: [
      { type: 'comment_edited', comment: 1, body: 'Very hungry' },
      { type: 'comment_edited', comment: 1, body: null },
    ],
    comment_deleted: [{ type: 'comment_deleted', comment: 1 }],
    edited: [
      { type: 'edited', title: { from: 'Lunch?', to: 'Where to eat lunch?' } },
      { type: 'edited', description: { from: '', to: 'Near the office' }, category: { from: '', to: 'Food' } },
      { type: 'edited', closesAt: { from: null, to: at.toISOString() }, timeZone: { from: null, to: 'Asia/Kolkata' } },
      { type: 'edited', votersSignedIn: { from: false, to: true }, uncounted: [{ personId: 'bob', choices: one }] },
    ],
    closed: [
      { type: 'closed', outcome: winner },
      { type: 'closed', outcome: { kind: 'tie', options: ['o1', 'o2'], votes: 2 }, onTime: true },
      { type: 'closed', outcome: { kind: 'no_votes', options: [], votes: 0 }, early: 'all_voted' },
    ],
    settled: [{ type: 'settled', option: day }],
    reminded: [
      { type: 'reminded', people: 1 },
      { type: 'reminded', people: 7, onTime: true },
    ],
    reopened: [{ type: 'reopened' }],
    archived: [{ type: 'archived' }],
    unarchived: [{ type: 'unarchived' }],
    deleted: [{ type: 'deleted' }],
    guest_merged: [
      { type: 'guest_merged', guest: bob, guestChoices: one, from: [], to: one },
      { type: 'guest_merged', guest: bob, guestChoices: one, from: other, to: one },
      { type: 'guest_merged', guest: bob, guestChoices: [], from: [], to: [] },
    ],
    vote_counted: [{ type: 'vote_counted', choices: one }],
  }
}

/** How the poll stands after this event. */
export function pollAfter({ type }: EventFacts, before: Poll): Poll {
  if (type === 'closed' || type === 'settled') return { ...before, status: 'closed', closedAt: at }
  if (type === 'archived') return { ...before, archivedAt: at }
  return type === 'deleted' ? { ...before, deletedAt: at } : before
}

export const bob = { ...ann, id: 'bob', name: 'Bob' }

/** Texts that people type, and that break programs. */
export const naughtyTexts = [
  `<b>&amp;"'</b>`,
  '<script>alert(1)</script>',
  '**bold** _it_ `code` [link](http://example.org) # 1. - ~~x~~',
  '@everyone @channel #general /me !poll',
  "'; DROP TABLE polls; --",
  '{"a": [1]}',
  '%s %n %00 #{7 * 7} {{7 * 7}} <%= 7 %>',
  '\\ \\n \\u0000 \\',
  '👩‍👩‍👧‍👦 Zͫ̓ͪ͏A̴̵͔L̠G̴̻O',
  'פיצה ועוד',
  'a\u202ecod.exe',
  'first\nsecond\r\nthird\ttab',
  '\u0001\u0007\u001b[31mred\u007f',
  '\u2028\u2029\u200b\ufeff\uffff',
  'null',
  '__proto__',
  '../../etc/passwd',
  'x'.repeat(200),
]

/** Those that people can read in a room as they were typed. */
export const readableTexts = naughtyTexts.slice(0, 8)
