import type { Entry } from '../../src/chat/chat.ts'
import type { EventFacts, PollEvent } from '../../src/polls/model/events.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { defaultRules } from '../../src/polls/model/poll-rules.ts'

export const ann = { id: 'ann', name: 'Ann', isSignedIn: true } as const
export const at = new Date('2026-03-01T12:00:00.000Z')

/** Open, of three options, four have voted. */
export const poll: Poll = {
  id: 'abcdefghijkmnpqr',
  revision: 9,
  status: 'open',
  title: 'Where to eat lunch?',
  titleRevision: 1,
  formerTitle: null,
  rulesRevision: 1,
  description: '',
  category: '',
  ...defaultRules,
  proposals: [],
  options: [option('o1', 'Pizza', 3), option('o2', 'Sushi', 1), option('o3', 'Falafel', 0)],
  totalVotes: 4,
  totalComments: 0,
  createdBy: ann,
  createdAt: at,
  lastActivityAt: at,
  closesAt: null,
  closedAt: null,
  outcome: null,
  settledOptionId: null,
  remindedAt: null,
  archivedAt: null,
  deletedAt: null,
}

export function option(id: string, title: string, votes: number) {
  return { id, title, formerTitle: null, renamedAtRevision: null, votes, maybes: 0, addedById: ann.id }
}

/** @param events one or more; facts are by Ann, and numbered from 1 */
export function entry(events: EventFacts[] | PollEvent[], about: Partial<Entry> = {}): Entry {
  const numbered = events.map((one, index): PollEvent => {
    return 'facts' in one ? one : { revision: index + 1, actor: ann, at, facts: one }
  })
  const [first, ...others] = numbered
  if (!first) throw new TypeError('An entry tells of something.')
  const uuid = '0198c0de-0000-8000-8000-000000000001'
  const connection = { id: 'connection', externalId: 'source', address: {}, settings: {} }
  const place = { uuid, connection, thread: undefined, isRead: false }
  return { ...place, poll, events: [first, ...others], movedAway: false, profiles: new Map(), ...about }
}
