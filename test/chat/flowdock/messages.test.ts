import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChatProfile, Entry } from '../../../src/chat/chat.ts'
import { actionsOf } from '../../../src/chat/flowdock/posting/buttons.ts'
import { message } from '../../../src/chat/flowdock/posting/message.ts'
import type { EventFacts, PollEvent } from '../../../src/polls/model/events.ts'
import type { Outcome, Poll } from '../../../src/polls/model/poll.ts'
import { at, entry, option, poll } from '../../support/entries.ts'
import { picks } from '../../support/picks.ts'

const publicUrl = new URL('https://polls.example.org')
const say = (facts: EventFacts, about?: Partial<Entry>) => message(entry([facts], about), publicUrl)
const threadOf = (change: Partial<Poll>, movedAway = false) =>
  say({ type: 'reopened' }, { poll: { ...poll, ...change }, movedAway }).thread

test('a whole message, word for word', () => {
  const profiles = new Map([['ann', { name: 'Ann A.', avatarUrl: null }]])
  expect(say({ type: 'voted', choices: picks('o1') }, { profiles })).toEqual({
    uuid: '0198c0de-0000-8000-8000-000000000001',
    event: 'activity',
    author: { name: 'Ann' },
    title: 'voted for Pizza',
    external_thread_id: 'polldock:poll:abcdefghijkmnpqr',
    thread: {
      title: 'Where to eat lunch?',
      body: '',
      external_url: 'https://polls.example.org/polls/where-to-eat-lunch-abcdefghijkmnpqr',
      status: { color: 'green', value: 'open' },
      fields: [
        { label: 'Pizza', value: '••••••••··\u00A075%, 3\u00A0votes' },
        { label: 'Sushi', value: '•••·······\u00A025%, 1\u00A0vote' },
        { label: 'Falafel', value: '··········\u00A00%, 0\u00A0votes' },
        { label: 'Total votes', value: '4' },
      ],
      actions: actionsOf(poll, false, publicUrl),
    },
  })
})

describe('the first message', () => {
  const first = (change: Partial<Poll> = {}) => {
    const created = { title: 'Lunch', description: '', optionsOpen: true, options: [] }
    return say({ type: 'created', ...created }, { poll: { ...poll, ...change } })
  }
  const url = 'https://polls.example.org/polls/where-to-eat-lunch-abcdefghijkmnpqr'
  const onPage = `<a href="${url}" rel="nofollow">on the page</a>`

  test('asks the question with its options, and says how to vote', () => {
    expect(first()).toMatchObject({
      event: 'activity',
      author: { name: 'Ann' },
      title: 'asks: Where to eat lunch?',
      body: `• Pizza<br>• Sushi<br>• Falafel<br>Vote under the gear of this thread, or ${onPage}.<br>What you write in this thread stays here.`,
    })
  })

  test('has a short description, and escapes what people typed', () => {
    const { title, body } = first({ title: '<Lunch>', description: 'On <us>\nAt noon' })
    expect([title, body?.split('<br>').slice(0, 4)]).toEqual([
      'asks: &lt;Lunch&gt;',
      ['On &lt;us&gt;', 'At noon', '', '• Pizza'],
    ])
    expect(first({ description: 'x'.repeat(301) }).body).toMatch(/^• Pizza/)
  })

  test('names twenty options', () => {
    const options = Array.from({ length: 23 }, (_, index) => option(`o${index}`, `Option ${index + 1}`, 0))
    expect(first({ options }).body?.split('<br>').slice(19, 21)).toEqual(['• Option 20', 'and 3 more'])
  })

  test.each<[string, Partial<Poll>, string]>([
    ['a ranking', { method: 'ranked' }, `Answer ${onPage}.`],
    ['final votes', { votesFinal: true }, `Answer ${onPage}. Votes are final: you cannot change yours.`],
    ['an anonymous poll', { anonymous: true }, `Answer ${onPage}. Votes are anonymous.`],
    ['a closed poll', { status: 'closed' }, `This poll is closed. <a href="${url}" rel="nofollow">See the page</a>.`],
  ])('says what a vote means in %s', (_what, change, said) => {
    expect(first(change).body?.split('<br>').at(-2)).toBe(said)
  })

  test('says whether comments are read', () => {
    const created: EventFacts = { type: 'created', title: 'Lunch', description: '', optionsOpen: true, options: [] }
    expect(say(created, { isRead: true }).body).toMatch(
      /What you write in this thread becomes a comment of the poll\.$/,
    )
  })

  test('has no link to a deleted poll', () => {
    expect(first({ deletedAt: at }).body).toBe('')
  })
})

describe('the message that closes a poll', () => {
  const closing = (change: Partial<Poll> = {}) =>
    say(
      { type: 'closed', outcome: { kind: 'winner', options: ['o1'], votes: 3 } },
      { poll: { ...poll, status: 'closed', closedAt: at, ...change } },
    )

  test('says who won, how many voted, and the votes of each option, the best first', () => {
    const options = [option('o1', 'Pizza', 1), option('o2', '<Sushi>', 3), option('o3', 'Falafel', 0)]
    expect(closing({ options }).body?.split('<br>')).toEqual([
      '4 people voted',
      '••••••••··\u00A075%, 3\u00A0votes – &lt;Sushi&gt;',
      '•••·······\u00A025%, 1\u00A0vote – Pizza',
      '··········\u00A00%, 0\u00A0votes – Falafel',
    ])
    expect(closing({ electorate: 6 }).body).toMatch(/^4 of 6 people voted<br>/)
  })

  test('lists ten options, and no votes that are hidden or missing', () => {
    const options = Array.from({ length: 12 }, (_, index) => option(`o${index}`, `Option ${index + 1}`, 0))
    expect(closing({ options }).body?.split('<br>').slice(11)).toEqual(['and 2 more'])
    expect(closing({ totalVotes: 0 }).body).toBe('0 people voted')
    expect(closing({ anonymous: true, quorum: 5, totalVotes: 4 }).body).toBe('4 people voted')
    expect(closing({ status: 'open' }).body).toBeUndefined()
  })
})

describe('a title continues after the author’s name:', () => {
  const outcome = (kind: Outcome['kind'], ...options: string[]) => ({ kind, options, votes: 1 })
  const created = { title: 'Lunch', description: '', optionsOpen: true, options: [] }
  const merged = (guestChoices: string[], from: string[]): EventFacts => {
    const guest = { id: 'al', name: '<Al>' }
    const to = from.length > 0 ? from : guestChoices
    return { type: 'guest_merged', guest, guestChoices: picks(...guestChoices), from: picks(...from), to: picks(...to) }
  }

  test.each<[EventFacts, string]>([
    [{ type: 'created', ...created }, 'asks: Where to eat lunch?'],
    [{ type: 'voted', choices: picks('o1') }, 'voted for Pizza'],
    [
      { type: 'option_renamed', optionId: 'o1', from: '<Pasta>', to: 'Pizza' },
      'renamed the option &lt;Pasta&gt; to Pizza',
    ],
    [{ type: 'vote_counted', choices: picks('o1') }, 'signed in, so the vote for Pizza counts'],
    [{ type: 'voted', choices: picks('o1', 'o2', 'o3') }, 'voted for Pizza, Sushi and Falafel'],
    [{ type: 'vote_changed', from: picks('o1'), to: picks('o2') }, 'changed the vote from Pizza to Sushi'],
    [{ type: 'vote_withdrawn', from: picks('o2') }, 'withdrew the vote for Sushi'],
    [{ type: 'option_added', option: { id: 'o3', title: 'Falafel' } }, 'added the option Falafel'],
    [{ type: 'option_proposed', option: { id: 'o4', title: '<Soup>' } }, 'proposed the option &lt;Soup&gt;'],
    [{ type: 'proposal_approved', option: { id: 'o4', title: 'Soup' } }, 'approved the option Soup'],
    [{ type: 'proposal_dismissed', option: { id: 'o4', title: 'Soup' } }, 'dismissed the proposal Soup'],
    [{ type: 'commented', body: 'Yes' }, 'commented'],
    [{ type: 'edited', description: { from: '', to: 'Near' } }, 'edited the poll'],
    [{ type: 'edited', category: { from: '', to: 'Food' } }, 'edited the poll'],
    [{ type: 'closed', outcome: outcome('winner', 'o1') }, 'closed the poll. Winner: Pizza'],
    [{ type: 'closed', outcome: outcome('tie', 'o1', 'o2') }, 'closed the poll. It is a tie: Pizza and Sushi'],
    [{ type: 'closed', outcome: outcome('no_votes') }, 'closed the poll. Nobody voted'],
    [{ type: 'closed', outcome: outcome('no_quorum') }, 'closed the poll. Too few voted for a result'],
    [
      { type: 'closed', outcome: outcome('undecided') },
      'closed the poll. Not decided: too many ties to follow every count',
    ],
    [
      { type: 'closed', outcome: outcome('no_votes'), early: 'all_voted' },
      'closed the poll as all had voted. Nobody voted',
    ],
    [
      { type: 'closed', outcome: outcome('winner', 'o1'), early: 'decided' },
      'closed the poll as the others could not change the result. Winner: Pizza',
    ],
    [{ type: 'closed', outcome: outcome('winner', 'o1'), onTime: true }, 'closed the poll on time. Winner: Pizza'],
    [{ type: 'reopened' }, 'reopened the poll'],
    [{ type: 'archived' }, 'archived the poll'],
    [{ type: 'unarchived' }, 'unarchived the poll'],
    [{ type: 'deleted' }, 'deleted the poll'],
    [merged([], ['o1']), 'was the guest &lt;Al&gt; here'],
    [merged(['o1'], []), 'was the guest &lt;Al&gt; here, who voted for Pizza'],
    [merged(['o1'], ['o1']), 'was the guest &lt;Al&gt; here: two votes for Pizza became one'],
    [
      merged(['o1'], ['o2']),
      'was the guest &lt;Al&gt; here: of the votes for Pizza and for Sushi only the newer counts, for Sushi',
    ],
  ])('%j', (facts, title) => {
    expect(say(facts).title).toBe(title)
  })

  test('more than three tied options are counted', () => {
    const options = Array.from({ length: 50 }, (_, index) => option(`o${index}`, `Option ${index + 1}`, 1))
    const facts: EventFacts = { type: 'closed', outcome: outcome('tie', ...options.map(({ id }) => id)) }
    expect(say(facts, { poll: { ...poll, options } }).title).toBe(
      'closed the poll. It is a tie: Option 1, Option 2, Option 3 and 47 more',
    )
  })

  test('a long name is cut between visible characters', () => {
    const options = [option('o1', `${'x'.repeat(75)}👩‍👩‍👧👩‍👩‍👧`, 1)]
    expect(say({ type: 'voted', choices: picks('o1') }, { poll: { ...poll, options } }).title).toBe(
      `voted for ${'x'.repeat(75)}…`,
    )
  })

  test.each<[Poll['method'], string[], string[], string]>([
    ['ranked', [], ['o2', 'o1'], 'ranked Sushi and Pizza'],
    ['ranked', ['o2', 'o1'], ['o1'], 'changed the ranking from Sushi and Pizza to Pizza'],
    ['ranked', ['o2', 'o1'], [], 'withdrew the ranking Sushi and Pizza'],
    ['score', [], ['o1=5', 'o2=0'], 'gave points: Pizza (5) and Sushi (0)'],
    ['score', ['o1=5'], ['o1=4'], 'changed the points from Pizza (5) to Pizza (4)'],
    ['score', ['o1=4'], [], 'withdrew the points for Pizza (4)'],
  ])('a changed vote in a %s is worded from %j to %j', (method, from, to, title) => {
    const facts: EventFacts =
      from.length === 0
        ? { type: 'voted', choices: picks(...to) }
        : to.length === 0
          ? { type: 'vote_withdrawn', from: picks(...from) }
          : { type: 'vote_changed', from: picks(...from), to: picks(...to) }
    expect(say(facts, { poll: { ...poll, method } }).title).toBe(title)
  })

  test('a missing option gets a placeholder', () => {
    expect(say({ type: 'voted', choices: picks('gone') }).title).toBe('voted for a removed option')
    expect(say({ type: 'closed', outcome: outcome('winner') }).title).toBe('closed the poll. Winner: ')
  })

  test.each([
    [
      { from: 'Lunch', to: 'Food & drink' },
      'moved the poll to the category Food &amp; drink',
      'changed the category from “Lunch” to “Food &amp; drink”',
    ],
    [{ from: 'Lunch', to: '' }, 'moved the poll out of the category Lunch', 'removed the category “Lunch”'],
  ])('a poll that leaves: %j', (category, title, body) => {
    const said = say({ type: 'edited', category }, { movedAway: true })
    expect([said.title, said.body, said.thread.status]).toEqual([title, body, { color: 'grey', value: 'moved' }])
  })
})

test('an edit says what changed', () => {
  const optionsOpen = { from: true, to: false }
  const title = { from: 'Lunch', to: 'Lunch <today>' }
  const edit: EventFacts = { type: 'edited', title, description: { from: '', to: 'x' }, optionsOpen }
  expect(say(edit).body).toBe(
    'changed the title from “Lunch” to “Lunch &lt;today&gt;”<br>changed the description<br>stopped others from adding options',
  )
})

test('an edit shows both titles in full', () => {
  const long = 'Where shall the department meet, this year and the next, and who brings the cake, on '
  const body = say({ type: 'edited', title: { from: `${long}Monday?`, to: `${long}Friday?` } }).body
  expect(body).toBe(`changed the title from “${long}Monday?” to “${long}Friday?”`)
})

test('an edit says who may vote now, and which votes no longer count', () => {
  const uncounted = [{ personId: 'bob', choices: picks('pizza') }]
  expect(say({ type: 'edited', votersSignedIn: { from: false, to: true }, uncounted })).toMatchObject({
    title: 'edited the poll',
    body: 'limited voting to signed-in people<br>Votes of guests that count only after they sign in: 1',
  })
  const open = { type: 'edited', votersSignedIn: { from: true, to: false } } as const
  expect(say(open).body).toBe('let guests vote')
  expect(say({ ...open, recounted: uncounted }).body).toBe('let guests vote<br>Votes of guests that count again: 1')
})

test('an edit says when the poll closes now', () => {
  const closing = (to: string | null): EventFacts => ({ type: 'edited', closesAt: { from: null, to } })
  expect(say(closing('2026-12-24T18:00:00.000Z')).body).toBe(
    'set the closing time to Thursday, 24 December 2026 at 18:00 UTC',
  )
  const moved: EventFacts = { type: 'edited', timeZone: { from: 'UTC', to: 'Europe/Berlin' } }
  expect(say(moved).body).toBe('changed the time zone from UTC to Europe/Berlin')
  const timeZone = { from: null, to: 'Africa/Abidjan' }
  expect(say({ type: 'edited', timeZone }).body).toBe('set the time zone to Africa/Abidjan')
  expect(say({ ...closing('2026-12-24T18:00:00.000Z'), timeZone } as EventFacts).body).toBe(
    'set the closing time to Thursday, 24 December 2026 at 18:00 UTC',
  )
  expect(say(closing(null)).body).toBe('removed the closing time')
})

test.each([
  [{ from: '', to: 'Food' }, 'set the category to “Food”'],
  [{ from: 'Food', to: 'Drinks' }, 'changed the category from “Food” to “Drinks”'],
  [{ from: 'Food', to: '' }, 'removed the category “Food”'],
])('an edit of the category: %j', (category, body) => {
  expect(say({ type: 'edited', category }).body).toBe(body)
})

describe('a comment', () => {
  test('is a discussion', () => {
    const { event, title, body } = say({ type: 'commented', body: 'Pizza it is' })
    expect({ event, title, body }).toEqual({ event: 'discussion', title: 'commented', body: 'Pizza it is' })
  })

  test('keeps its lines, and its links where they are safe', () => {
    const body = 'See https://example.org/?a=1&b="2"\n\n<b>javascript:alert(1)</b>'
    expect(say({ type: 'commented', body }).body).toBe(
      'See <a href="https://example.org/?a=1&amp;b=&quot;2" rel="nofollow">https://example.org/?a=1&amp;b=&quot;2</a>' +
        '&quot;<br><br>&lt;b&gt;javascript:alert(1)&lt;/b&gt;',
    )
  })
})

describe('the author', () => {
  const by = (profile: Partial<ChatProfile>) => {
    const whole = { name: 'Somebody', avatarUrl: null, ...profile }
    return say({ type: 'reopened' }, { profiles: new Map([['ann', whole]]) }).author
  }

  test('has the name that people have in Polldock', () => {
    expect(say({ type: 'reopened' }).author).toEqual({ name: 'Ann' })
    expect(by({})).toEqual({ name: 'Ann' })
  })

  test('is marked as a guest, whatever the name', () => {
    const guest = (name: string): PollEvent => ({
      revision: 1,
      actor: { id: 'x', name },
      at,
      facts: { type: 'reopened' },
    })
    const named = (name: string) => message(entry([guest(name)]), publicUrl).author
    expect(named('Maija Virtanen')).toEqual({ name: 'Maija Virtanen (guest)' })
    expect(named('Maija\u202e\nVirtanen')).toEqual({ name: 'Maija Virtanen (guest)' })
  })

  test('has the picture of the account', () => {
    const avatarUrl = 'https://flowdock.test/ann.png'
    expect(by({ avatarUrl })).toEqual({ name: 'Ann', avatar: avatarUrl })
  })

  test('has no picture that is not on the web', () => {
    expect(by({ avatarUrl: 'javascript:alert(1)' })).toEqual({ name: 'Ann' })
  })
})

describe('a message of several votes', () => {
  const vote = (name: string, facts: EventFacts): PollEvent => {
    return { revision: 1, actor: { id: name, name, isSignedIn: true }, at, facts }
  }
  const burst = (...events: PollEvent[]) => {
    const { author, title, body } = message(entry(events), publicUrl)
    return { author, title, body }
  }
  const voted = (name: string) => vote(name, { type: 'voted', choices: picks('o1') })
  const changed = (name: string, from: string, to: string) =>
    vote(name, { type: 'vote_changed', from: picks(from), to: picks(to) })
  const removed = (name: string) => vote(name, { type: 'vote_withdrawn', from: picks('o1') })

  test('names the first few people and counts the others', () => {
    const people = Array.from({ length: 12 }, (_, index) => `Person ${index + 1}`)
    expect(burst(...people.map(voted))).toEqual({
      author: { name: '12 people' },
      title: 'voted',
      body:
        'Person 1 voted for Pizza<br>Person 2 voted for Pizza<br>Person 3 voted for Pizza<br>' +
        'Person 4 voted for Pizza<br>Person 5 voted for Pizza<br>and 7 more people',
    })
  })

  test('counts one more person as one, and formats thousands', () => {
    const people = (count: number) => Array.from({ length: count }, (_, index) => voted(`Person ${index + 1}`))
    expect(burst(...people(6)).body).toMatch(/<br>and 1 more person$/)
    expect(burst(...people(1_200))).toMatchObject({
      author: { name: '1,200 people' },
      body: expect.stringMatching(/<br>and 1,195 more people$/),
    })
  })

  test('says the result for each person', () => {
    const events = [voted('Ann'), changed('Bob', 'o3', 'o2'), removed('Cid'), changed('Ann', 'o1', 'o2')]
    expect(burst(...events)).toEqual({
      author: { name: '3 people' },
      title: 'voted, or changed or withdrew their votes',
      body: 'Ann voted for Sushi<br>Bob changed the vote from Falafel to Sushi<br>Cid withdrew the vote for Pizza',
    })
  })

  test('of changed or withdrawn votes only says so', () => {
    expect(burst(changed('Ann', 'o1', 'o2'), changed('Bob', 'o1', 'o2')).title).toBe('changed their votes')
    expect(burst(removed('Ann'), removed('Bob')).title).toBe('withdrew their votes')
  })

  test.each([
    [[voted('Ann'), changed('Bob', 'o1', 'o2')], 'voted'],
    [[voted('Ann'), removed('Bob')], 'voted, or withdrew their votes'],
    [[changed('Ann', 'o1', 'o2'), removed('Bob')], 'changed or withdrew their votes'],
    [[voted('Ann'), removed('Ann'), changed('Bob', 'o1', 'o2')], 'changed or withdrew their votes'],
  ])('says only what people did: %#', (events, title) => {
    expect(burst(...events).title).toBe(title)
  })

  test.each([
    [[voted('Ann'), changed('Ann', 'o1', 'o2')], 'voted for Sushi', 2],
    [[changed('Ann', 'o1', 'o2'), changed('Ann', 'o2', 'o3')], 'changed the vote from Pizza to Falafel', 2],
    [[changed('Ann', 'o1', 'o2'), changed('Ann', 'o2', 'o1')], 'changed the vote and went back to Pizza', 2],
    [[changed('Ann', 'o2', 'o1'), removed('Ann')], 'withdrew the vote for Sushi', 2],
    [[voted('Ann'), removed('Ann'), voted('Ann'), removed('Ann')], 'voted and withdrew the vote', 4],
  ])('by one person reads like one vote: %#', (events, title, count) => {
    const body = `The last of ${count} changes`
    expect(burst(...events)).toEqual({ author: { name: 'Ann' }, title, body })
  })
})

describe('of anonymous votes', () => {
  const secret: Poll = { ...poll, anonymous: true, resultsVisible: 'after_closing', quorum: 3 }
  const profiles = new Map([['ann', { name: 'Ann', avatarUrl: 'https://example.org/ann.png' }]])
  const cast = (id: string): PollEvent => ({
    revision: 1,
    actor: { id, name: id },
    at,
    facts: { type: 'secret_vote_cast' },
  })
  const withdrawn = (id: string): PollEvent => ({ ...cast(id), facts: { type: 'secret_vote_withdrawn' } })
  const told = (...events: PollEvent[]) => {
    const { author, title, body } = message(entry(events, { poll: secret, profiles }), publicUrl)
    return { author, title, body }
  }
  const somebody = { name: 'Somebody' }

  test.each([
    [[cast('ann')], { author: somebody, title: 'voted' }],
    [[withdrawn('ann')], { author: somebody, title: 'withdrew the vote' }],
    [[cast('ann'), cast('bob'), cast('cem')], { author: { name: '3 people' }, title: 'voted' }],
    [[cast('ann'), withdrawn('bob')], { author: { name: '2 people' }, title: 'voted, or withdrew their votes' }],
    [
      [cast('ann'), withdrawn('ann')],
      { author: somebody, title: 'voted and withdrew the vote', body: 'The last of 2 changes' },
    ],
  ])('names nobody: %#', (events, expected) => {
    expect(told(...events)).toEqual({ body: undefined, ...expected })
  })

  test('does not name a person who has signed in since', () => {
    const facts = {
      type: 'guest_merged',
      guest: { id: 'g', name: 'Guest' },
      guestChoices: [],
      from: [],
      to: [],
    } as const
    expect(told({ ...cast('ann'), facts })).toEqual({
      author: somebody,
      title: 'was a guest here before',
      body: undefined,
    })
  })

  test('shows how many have voted in the thread, and results once the ballots are opened', () => {
    const fields = (change: Partial<Poll>) =>
      threadOf({ ...secret, ...change }).fields.map(({ label, value }) => `${label}: ${value}`)
    expect(fields({})).toEqual(['Results: shown once the poll is closed', 'Total votes: 4'])
    const closed = { status: 'closed', closedAt: at } as const
    expect(fields({ ...closed, totalVotes: 2 })).toEqual([
      'Results: too few people voted to open the anonymous ballots',
      'Total votes: 2',
    ])
    expect(fields(closed)[0]).toMatch(/^Pizza: .*3\u00A0votes$/)
  })
})

describe('the thread', () => {
  test('is green while the poll is open, red when it is closed', () => {
    expect(threadOf({}).status).toEqual({ color: 'green', value: 'open' })
    expect(threadOf({ status: 'closed', closedAt: at }).status).toEqual({ color: 'grey', value: 'closed' })
  })

  test('is grey when the poll is archived, whether it is open or closed', () => {
    const status = { color: 'grey', value: 'archived' }
    expect(threadOf({ archivedAt: at }).status).toEqual(status)
    expect(threadOf({ archivedAt: at, status: 'closed', closedAt: at }).status).toEqual(status)
  })

  test('of a deleted poll is black, and leads nowhere', () => {
    expect(threadOf({ deletedAt: at, description: 'Once upon a time' }, true)).toEqual({
      title: 'Where to eat lunch?',
      body: '',
      status: { color: 'black', value: 'deleted' },
      fields: [],
      actions: [],
    })
  })

  test('has the description, with lines and links', () => {
    expect(threadOf({ description: 'Near <here>:\nexample.org' }).body).toBe(
      'Near &lt;here&gt;:<br><a href="https://example.org" rel="nofollow">example.org</a>',
    )
  })

  test('has a field for every option, with or without votes', () => {
    const options = Array.from({ length: 50 }, (_, index) => option(`o${index}`, `Option ${index + 1}`, 0))
    const { fields } = threadOf({ options, totalVotes: 0 })
    expect(fields).toHaveLength(51)
    expect(fields[49]).toEqual({ label: 'Option 50', value: '··········\u00A00%, 0\u00A0votes' })
    expect(fields[50]).toEqual({ label: 'Total votes', value: '0' })
  })

  test('of a multiple choice counts voters instead of votes', () => {
    expect(threadOf({ method: 'multiple_choice' }).fields.at(-1)).toEqual({ label: 'Voters', value: '4' })
  })

  test('says how many votes an option with a maximum has', () => {
    expect(threadOf({ capacity: 4 }).fields.slice(0, 2)).toEqual([
      { label: 'Pizza', value: '••••••••··\u00A03 of 4\u00A0places' },
      { label: 'Sushi', value: '•••·······\u00A01 of 4\u00A0places' },
    ])
  })

  test('of a poll of dates shows them in its zone, and how many people can', () => {
    const options = [{ ...option('o1', '2026-12-24T17:00Z/2026-12-24T19:00Z', 2), maybes: 1 }]
    const dates = { method: 'dates', timeZone: 'Europe/Berlin', options, totalVotes: 4 } as const
    expect(threadOf(dates).fields[0]).toEqual({
      label: 'Thu, 24 Dec 2026, 18:00–20:00 CET',
      value: '••••••••··\u00A02\u00A0yes, 1\u00A0if\u00A0need\u00A0be',
    })
    const said = say({ type: 'voted', choices: picks('o1=if_need_be') }, { poll: { ...poll, ...dates } })
    expect(said.title).toBe('answered: Thu, 24 Dec 2026, 18:00–20:00 CET (if need be)')
  })

  test('of a poll of scores shows the mean and the total', () => {
    const options = [option('o1', 'Pizza', 13), option('o2', 'Sushi', 0)]
    expect(threadOf({ method: 'score', options, totalVotes: 4 }).fields).toEqual([
      { label: 'Pizza', value: '•••••••···\u00A03.3 of 5, 13\u00A0points' },
      { label: 'Sushi', value: '··········\u00A00.0 of 5, 0\u00A0points' },
      { label: 'Voters', value: '4' },
    ])
  })

  test('of a ranking counts first places, and shows the winner once closed', () => {
    const [first, second] = threadOf({ method: 'ranked' }).fields
    expect([first?.value, second?.value].join()).toMatch(/first\u00A0choice/)
    const outcome: Outcome = { kind: 'winner', options: ['o2'], votes: 3 }
    const { fields } = threadOf({ method: 'ranked', status: 'closed', outcome })
    expect(fields.at(-1)).toEqual({ label: 'Result', value: 'Winner: Sushi' })
  })

  test('names the date on which the creator settled', () => {
    const options = [option('o1', '2026-12-24', 0), option('o2', '2026-12-25', 0)]
    const dates = { method: 'dates', status: 'closed', options, settledOptionId: 'o2' } as const
    expect(threadOf(dates).fields.at(-1)).toEqual({ label: 'Settled on', value: 'Fri, 25 Dec 2026' })
    const settled = { type: 'settled', option: { id: 'o2', title: '2026-12-25' } } as const
    const said = say(settled, { poll: { ...poll, ...dates } })
    expect(said.title).toBe('settled on Fri, 25 Dec 2026')
  })

  test('says when nobody can make any date', () => {
    const options = [option('o1', '2026-12-24', 0), option('o2', '2026-12-25', 0)]
    const { fields } = threadOf({ method: 'dates', status: 'closed', options, totalVotes: 2 })
    expect(fields.at(-1)).toEqual({ label: 'Result', value: 'Nobody can make any of these dates' })
  })

  test('has a field for the closing time until the poll closes', () => {
    const closing = { closesAt: new Date('2026-12-24T18:00:00.000Z') }
    const closes = { label: 'Closes', value: 'Thursday, 24 December 2026 at 18:00 UTC' }
    expect(threadOf(closing).fields.at(-1)).toEqual(closes)
    const inBerlin = { label: 'Closes', value: 'Thursday, 24 December 2026 at 19:00 CET' }
    expect(threadOf({ ...closing, timeZone: 'Europe/Berlin' }).fields.at(-1)).toEqual(inBerlin)
    expect(threadOf({ ...closing, status: 'closed' }).fields).not.toContainEqual(closes)
  })

  test('cuts long option names, but not the poll’s title', () => {
    const long = 'x'.repeat(200)
    const thread = threadOf({ title: long, options: [option('o1', long, 0)] })
    expect([thread.title, thread.fields[0]?.label]).toEqual([long, `${'x'.repeat(79)}…`])
  })

  test.each([
    [0, 1, '··········\u00A00%, 0\u00A0votes'],
    [1, 1_000, '•·········\u00A00%, 1\u00A0vote'],
    [999, 1_000, '•••••••••·\u00A0100%, 999\u00A0votes'],
    [1_000, 1_000, '••••••••••\u00A0100%, 1,000\u00A0votes'],
    [1, 2, '•••••·····\u00A050%, 1\u00A0vote'],
  ])('has a bar that is empty only without votes and full only with all: %i of %i', (votes, totalVotes, value) => {
    expect(threadOf({ options: [option('o1', 'Pizza', votes)], totalVotes }).fields[0]?.value).toBe(value)
  })
})

describe('typed text', () => {
  const titled = (title: string) => ({ poll: { ...poll, title, options: [option('o1', title, 1)] } })

  test.each([
    ['markup', '<script>alert("x")</script>', '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;'],
    ['a link', '<a href="https://evil.test">x</a>', '&lt;a href=&quot;https://evil.test&quot;&gt;x&lt;/a&gt;'],
    ['quotes', `Bob's "R&D"`, 'Bob&#39;s &quot;R&amp;D&quot;'],
    ['entities', '&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['emoji', '🍕👩‍👩‍👧', '🍕👩‍👩‍👧'],
    ['line breaks', 'Pizza\r\nor\u2028Sushi\u0000', 'Pizza or Sushi'],
    ['writing from right to left, set apart', 'פיצה', '\u2068פיצה\u2069'],
    ['what turns the rest around', 'abc\u202Edef\u2069', 'abcdef'],
  ])('is plain text in titles and bodies, such as %s', (_, typed, shown) => {
    expect(say({ type: 'voted', choices: picks('o1') }, titled(typed)).title).toBe(`voted for ${shown}`)
    expect(say({ type: 'reopened' }, titled(typed)).thread.title).toBe(shown)
    expect(say({ type: 'edited', title: { from: 'A', to: typed } }).body).toBe(
      `changed the title from “A” to “${shown}”`,
    )
  })

  test('is unchanged in names and labels, which hold no HTML', () => {
    const typed = '<b>"R&D"</b>\nפיצה\u202E'
    const said = say({ type: 'voted', choices: picks('o1') }, titled(typed)).thread.fields[0]?.label
    expect(said).toBe('<b>"R&D"</b> פיצה')
    const actor = { id: 'x', name: typed, isSignedIn: true } as const
    expect(message(entry([{ revision: 1, actor, at, facts: { type: 'reopened' } }]), publicUrl).author).toEqual({
      name: '<b>"R&D"</b> פיצה',
    })
  })

  test('adds no tag or line break to a title or value, and only line breaks and links to a body', () => {
    const typed = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'<a>&"\'\n\t/\u2028') }))
    fc.assert(
      fc.property(typed, typed, typed, (title, description, body) => {
        const { poll } = titled(title)
        const said = say({ type: 'commented', body }, { poll: { ...poll, title, description } })
        const voted = say({ type: 'voted', choices: picks('o1') }, { poll })
        for (const line of [voted.title, said.thread.title]) expect(line).not.toMatch(/[<>"'\n\r\u2028]/)
        for (const html of [said.body, said.thread.body]) {
          expect(html?.replaceAll(/<br>|<a href="https?:[^"<>]*" rel="nofollow">[^<>"]*<\/a>/g, '')).not.toMatch(
            /[<>"'\n]/,
          )
        }
      }),
    )
  })
})
