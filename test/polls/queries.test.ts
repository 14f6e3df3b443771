import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { People } from '../../src/people/people.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import { newPollId } from '../../src/polls/model/ids.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { type PollFilter, PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { castVote } from '../support/cast-vote.ts'
import { minute, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { createPeople, createPoll, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let queries: PollQueries
let ann: PersonName
let bob: PersonName

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
})

afterAll(() => database.close())

beforeEach(async () => {
  queries = new PollQueries(database.prisma)
  ;[ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
  clock.advance(minute)
})

async function submit({ id: pollId }: Poll, ...commands: Command[]): Promise<void> {
  for (const command of commands) await box.submit({ pollId, command })
}

const as = (by: PersonName, type: 'close' | 'reopen' | 'archive' | 'unarchive' | 'delete'): Command => ({ by, type })

describe('a list', () => {
  /** Creates polls with these titles that no other test lists, each a minute after the one before. */
  async function polls(...titles: string[]): Promise<Poll[]> {
    const created: Poll[] = []
    for (const title of titles) {
      clock.advance(minute)
      created.push(await createPoll(box, ann, { title }))
    }
    return created
  }

  /** The titles of this test's polls that pass a filter. */
  async function titles(filter: PollFilter = {}): Promise<string[]> {
    const page = await queries.list({ createdById: ann.id, ...filter }, { limit: 100 })
    return page.polls.map(({ poll }) => poll.title)
  }

  test('shows open polls before closed ones, each with the newest activity first', async () => {
    const [one, two, three, four] = (await polls('one', 'two', 'three', 'four')) as [Poll, Poll, Poll, Poll]
    clock.advance(minute)
    await submit(four, as(ann, 'close'))
    clock.advance(minute)
    await submit(two, as(ann, 'close'))
    clock.advance(minute)
    await submit(one, castVote(one, bob))
    expect(await titles()).toEqual([one, three, two, four].map(({ title }) => title))
  })

  test('shows each poll’s state, with the votes and the viewer’s choice', async () => {
    const [poll] = (await polls('Lunch?')) as [Poll]
    await submit(poll, castVote(poll, bob, 2), castVote(poll, ann, 1))
    const { polls: seen } = await queries.list({ createdById: ann.id }, { limit: 1 }, bob.id)
    expect(seen).toMatchObject([{ poll: { totalVotes: 2, createdBy: ann }, choices: picks(poll.options[2]?.id) }])
  })

  test('can be filtered by status', async () => {
    const [open, closed] = (await polls('open', 'closed')) as [Poll, Poll]
    await submit(closed, as(ann, 'close'))
    expect(await titles({ status: 'open' })).toEqual([open.title])
    expect(await titles({ status: 'closed' })).toEqual([closed.title])
  })

  test('can be filtered by creator', async () => {
    await polls('mine')
    await createPoll(box, bob, { title: 'not mine' })
    expect(await titles()).toEqual(['mine'])
  })

  test('can be filtered by category, in any spelling', async () => {
    await createPoll(box, ann, { title: 'A', category: 'Straßenfest' })
    await createPoll(box, ann, { title: 'B', category: 'STRASSENFEST' })
    await createPoll(box, ann, { title: 'C' })
    const moved = await createPoll(box, ann, { title: 'D', category: 'Straßenfest' })
    await submit(moved, { by: ann, type: 'edit', category: 'Food' })
    expect((await titles({ category: 'straßenfest' })).sort()).toEqual(['A', 'B'])
    expect(await titles({ category: 'Straßenfest', q: 'B' })).toEqual(['B'])
    expect(await titles({ category: 'nothing like it' })).toEqual([])
    expect(await titles({ category: '' })).toHaveLength(4)
  })

  test('leaves out archived polls by default', async () => {
    const [poll] = (await polls('old', 'new')) as [Poll]
    await submit(poll, as(ann, 'close'), as(ann, 'archive'))
    expect(await titles()).toEqual(['new'])
    expect(await titles({ archived: true })).toEqual(['new', 'old'])
    await submit(poll, as(ann, 'unarchive'))
    expect(await titles()).toEqual(['new', 'old'])
  })

  test('always leaves out deleted polls', async () => {
    const [poll] = (await polls('deleted')) as [Poll]
    await submit(poll, as(ann, 'delete'))
    expect(await titles({ archived: true })).toEqual([])
  })

  test.each([
    ['unch', ['Lunch today?']],
    ['LUNCH', ['Lunch today?']],
    ['100%', ['100% sure?']],
    ['%', ['100% sure?']],
    ['_', ['snake_case?']],
    ['\\', ['C:\\polls?']],
    ['🦊', ['A 🦊 or a 🐺?']],
    ['שלום', ['שלום?']],
    ["o'", ["Five o'clock?"]],
    ['nothing like it', []],
  ])('can be searched for %j', async (q, found) => {
    await polls('Lunch today?', '100% sure?', 'snake_case?', 'C:\\polls?', 'A 🦊 or a 🐺?', 'שלום?', "Five o'clock?")
    expect(await titles({ q })).toEqual(found)
  })

  test.each([
    ['creme brulee', ['Crème brûlée?']],
    ['CRE\u0300ME', ['Crème brûlée?']],
    ['bru\u0302le', ['Crème brûlée?']],
    ['cr\u200bème', ['Crème brûlée?']],
    ['lodz', ['Łódź or Ærø?']],
    ['ÆRØ', ['Łódź or Ærø?']],
    ['strasse', ['Straße']],
    ['STRAẞE', ['Straße']],
    ['привет', ['ПРИВЕТ?']],
    ['ｌｕｎｃｈ', ['Friday lunch in May?']],
    ['may LUNCH', ['Friday lunch in May?']],
    ['lunch  friday lunch', ['Friday lunch in May?']],
    ['lunch monday', []],
    ['lunch in', ['Friday lunch in May?']],
    ['fr', ['Friday lunch in May?']],
    ['ay', []],
    ['이', []],
    ['か', []],
  ])('can be searched for %j in any Unicode form', async (q, found) => {
    await polls('Crème brûlée?', 'Łódź or Ærø?', 'Straße', 'ПРИВЕТ?', 'Friday lunch in May?', '일요일', 'がっこう')
    expect(await titles({ q })).toEqual(found)
  })

  test('is searched for short words in descriptions if another word narrows the result', async () => {
    await createPoll(box, ann, { title: 'Budget?', description: 'Of the IT' })
    expect(await titles({ q: 'it budget' })).toEqual(['Budget?'])
    expect(await titles({ q: 'it' })).toEqual([])
  })

  test.each(['x̂', 'a\\', '(', '[a', 'a*', '\u0301', '\u200d', '.*', '$1'])('can be searched for %j', async (q) => {
    await polls('Nothing')
    expect(await titles({ q })).toEqual(/^\p{M}|\u200d/u.test(q) ? ['Nothing'] : [])
  })

  test('is searched with the index', async () => {
    const { rows } = await database.executeSql(`
      BEGIN;
      SET LOCAL enable_seqscan = off;
      EXPLAIN SELECT FROM poll_texts WHERE search LIKE '%' || search_form('Crème') || '%';
      COMMIT`)
    expect(JSON.stringify(rows)).toContain('poll_texts_search_idx')
  })

  test('is searched in descriptions too', async () => {
    await createPoll(box, ann, { title: 'Lunch?', description: 'Something with noodles' })
    expect(await titles({ q: 'Noodle' })).toEqual(['Lunch?'])
  })

  describe('in pages', () => {
    /** Reads all pages; `between` runs after each. */
    async function leafThrough(limit: number, between: () => Promise<void> = async () => {}): Promise<string[]> {
      const ids: string[] = []
      let cursor: string | undefined
      do {
        const page = await queries.list({ createdById: ann.id }, { cursor, limit })
        expect(page.polls.length).toBeLessThanOrEqual(limit)
        ids.push(...page.polls.map(({ poll }) => poll.id))
        cursor = page.next ?? undefined
        await between()
      } while (cursor)
      return ids
    }

    test.each([1, 2, 3, 7, 8])('of %i shows every poll once, in the same order', async (limit) => {
      const created = await polls('1', '2', '3', '4', '5', '6', '7')
      for (const poll of created.slice(0, 3)) await submit(poll, as(ann, 'close'))
      const whole = await queries.list({ createdById: ann.id }, { limit: 100 })
      expect(whole.next).toBeNull()
      expect(await leafThrough(limit)).toEqual(whole.polls.map(({ poll }) => poll.id))
    })

    test('shows every poll once even with activity at the same instant', async () => {
      const created = await Promise.all(Array.from({ length: 7 }, () => createPoll(box, ann)))
      expect((await leafThrough(2)).sort()).toEqual(created.map(({ id }) => id).sort())
    })

    test('shows no poll twice while polls move to the top', async () => {
      const created = await polls('1', '2', '3', '4', '5', '6')
      const ids = await leafThrough(2, async () => {
        clock.advance(minute)
        await submit(created[5] as Poll, { by: bob, type: 'comment', body: 'Up' })
      })
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).toHaveLength(6)
    })

    test('ends with the last page even if it is full', async () => {
      await polls('1', '2')
      const first = await queries.list({ createdById: ann.id }, { limit: 2 })
      expect(first.next).toBeNull()
    })

    test.each(['x', 'bm90IGEgY3Vyc29y', '', '["open",1,"a"]', Buffer.from('["open",1e3,"a"]').toString('base64url')])(
      'refuses the unknown cursor %j',
      async (cursor) => {
        const listed = queries.list({}, { cursor: cursor || ' ', limit: 2 })
        expect(await refusalOf(listed)).toBe('invalid_input')
      },
    )
  })
})

describe('a view', () => {
  test('shows the poll with the choice of the viewer', async () => {
    const poll = await createPoll(box, ann, { description: 'Today' })
    await submit(poll, castVote(poll, bob, 1))
    const { poll: seen, choices } = await queries.view(poll.id, bob.id)
    expect(seen).toEqual({
      ...poll,
      revision: 2,
      totalVotes: 1,
      options: poll.options.map((option, index) => ({ ...option, votes: index === 1 ? 1 : 0 })),
    })
    expect(choices).toEqual(picks(poll.options[1]?.id))
    expect((await queries.view(poll.id, ann.id)).choices).toEqual([])
    expect((await queries.view(poll.id)).choices).toEqual([])
  })

  test('shows each of many people their own choice', async () => {
    const people = await createPeople(database, 40)
    const poll = await createPoll(box, ann)
    await Promise.all(people.map((by, index) => submit(poll, castVote(poll, by, index % 3))))
    const views = await Promise.all(people.map(({ id }) => queries.view(poll.id, id)))
    expect(views.map(({ choices }) => choices)).toEqual(people.map((_, index) => picks(poll.options[index % 3]?.id)))
  })

  test('of an unknown poll is refused as not found', async () => {
    expect(await refusalOf(queries.view(newPollId()))).toBe('not_found')
  })

  test.each(['', 'a\0b', "'; --", '🦊'])('of %j is refused as not found', async (id) => {
    expect(await refusalOf(queries.view(id))).toBe('not_found')
  })

  test('of a deleted poll is refused as gone', async () => {
    const poll = await createPoll(box, ann)
    await submit(poll, as(ann, 'delete'))
    expect(await refusalOf(queries.view(poll.id))).toBe('gone')
  })

  test('has a new version after every event', async () => {
    const poll = await createPoll(box, ann)
    const versions = new Set([(await queries.view(poll.id)).version])
    for (const command of [castVote(poll, bob), castVote(poll, bob, 1), as(ann, 'close')]) {
      await submit(poll, command)
      versions.add((await queries.view(poll.id)).version)
    }
    expect(versions.size).toBe(4)
  })

  test('has the same version for everybody until an event', async () => {
    const poll = await createPoll(box, ann)
    await submit(poll, castVote(poll, bob))
    const { version } = await queries.view(poll.id, ann.id)
    expect((await new PollQueries(database.prisma).view(poll.id, bob.id)).version).toBe(version)
  })

  test('shows changes by another process', async () => {
    const poll = await createPoll(box, ann)
    await queries.view(poll.id)
    const another = new BallotBox(database, clock.now)
    await another.submit({ pollId: poll.id, command: castVote(poll, bob) })
    expect((await queries.view(poll.id)).poll.totalVotes).toBe(1)
  })

  test('shows a new name under a new version, however fast names change', async () => {
    const people = new People(database.prisma, clock.now)
    const poll = await createPoll(box, ann)
    const seen = [await queries.view(poll.id)]
    for (const name of ['Anna', 'Annabel']) {
      await people.rename(ann.id, name)
      seen.push(await queries.view(poll.id))
    }
    expect(seen.map((view) => view.poll.createdBy.name)).toEqual([ann.name, 'Anna', 'Annabel'])
    expect(new Set(seen.map(({ version }) => version)).size).toBe(3)
  })
})

describe('the log', () => {
  let poll: Poll

  beforeEach(async () => {
    poll = await createPoll(box, ann)
    await submit(poll, castVote(poll, bob), { by: bob, type: 'comment', body: 'Yum 🍕' }, as(ann, 'close'))
  })

  const revisions = async (range: Parameters<PollQueries['events']>[1]) =>
    (await queries.events(poll.id, range)).map(({ revision }) => revision)

  test('lists events with their authors and times', async () => {
    expect(await queries.events(poll.id, { after: 1, limit: 10 })).toEqual([
      { revision: 2, actor: bob, at: clock.now(), facts: { type: 'voted', choices: picks(poll.options[0]?.id) } },
      { revision: 3, actor: bob, at: clock.now(), facts: { type: 'commented', body: 'Yum 🍕' } },
      {
        revision: 4,
        actor: ann,
        at: clock.now(),
        facts: { type: 'closed', outcome: { kind: 'winner', options: [poll.options[0]?.id], votes: 1 } },
      },
    ])
  })

  test('begins with the creation', async () => {
    const [first] = await queries.events(poll.id, { limit: 1 })
    const options = poll.options.map(({ id, title }) => ({ id, title }))
    expect(first?.facts).toEqual({ type: 'created', title: poll.title, description: '', optionsOpen: true, options })
  })

  test('continues after a revision, oldest first', async () => {
    expect(await revisions({ after: 0, limit: 2 })).toEqual([1, 2])
    expect(await revisions({ after: 2, limit: 2 })).toEqual([3, 4])
    expect(await revisions({ after: 4, limit: 2 })).toEqual([])
  })

  test('pages back before a revision, newest first', async () => {
    expect(await revisions({ before: 5, limit: 3 })).toEqual([4, 3, 2])
    expect(await revisions({ before: 2, limit: 3 })).toEqual([1])
  })
})

describe('votes of a poll with more than one statement reads', () => {
  const voters = 600
  let poll: Poll

  beforeEach(async () => {
    poll = await createPoll(box, ann)
    const [choice] = poll.options
    const voter = `'${poll.id} ' || n`
    const series = (count: number) => `generate_series(1, ${count}) AS n`
    for (const statement of [
      `INSERT INTO people (id, name, created_at) SELECT ${voter}, 'Voter ' || n, now() FROM ${series(voters)}`,
      `INSERT INTO ballots (poll_id, person_id, choices, revision)
        SELECT '${poll.id}', ${voter}, ARRAY['${choice?.id}'], n + 1 FROM ${series(voters)}`,
      `INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
        SELECT '${poll.id}', n + 1, 'voted', ${voter}, now(), '{}' FROM ${series(voters)}`,
      `INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
        SELECT '${poll.id}', ${voters} + n + 1, 'commented', '${ann.id}', now(), '{}' FROM ${series(voters)}`,
    ])
      await database.executeSql(statement)
    poll = { ...poll, totalVotes: voters }
  })

  test('the newest are found among comments that came later', async () => {
    const names = (await queries.newestVotes(poll, 3)).map(({ person }) => person.name)
    expect(names).toEqual([voters - 2, voters - 1, voters].map((number) => `Voter ${number}`))
    const shown = await queries.votes(poll)
    expect(shown).toMatchObject({ areAll: false, votes: { length: 500, 0: { person: { name: `Voter ${voters}` } } } })
  })

  test('all are in the pages, each once', async () => {
    const names: string[] = []
    for (let from: string | null = ''; from !== null; ) {
      const { votes, next } = await queries.votesPage(poll.id, { from, limit: 250 })
      names.push(...votes.map(({ person }) => person.name))
      from = next
    }
    expect(names).toHaveLength(voters)
    expect(new Set(names).size).toBe(voters)
  })
})

describe('comments', () => {
  test('are shown newest first, in pages, with their authors', async () => {
    const poll = await createPoll(box, ann)
    for (const body of ['one', 'two', 'three']) await submit(poll, { by: bob, type: 'comment', body })
    const [third, second] = await queries.comments(poll.id, { limit: 2 })
    expect(third).toEqual({ revision: 4, author: bob, at: clock.now(), body: 'three', editedAt: null, from: null })
    expect(second?.body).toBe('two')
    const rest = await queries.comments(poll.id, { before: second?.revision, limit: 2 })
    expect(rest.map(({ body }) => body)).toEqual(['one'])
  })

  test('show the current name of their author', async () => {
    const poll = await createPoll(box, ann)
    await submit(poll, { by: bob, type: 'comment', body: 'Hi' })
    await new People(database.prisma, clock.now).rename(bob.id, 'Robert')
    expect(await queries.comments(poll.id, { limit: 1 })).toMatchObject([{ author: { name: 'Robert' } }])
  })
})
