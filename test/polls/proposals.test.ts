import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import { newOptionId } from '../../src/polls/model/ids.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { type Asked, createPeople, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

let database: Database
let box: BallotBox
let queries: PollQueries
let ann: PersonName
let bob: PersonName
let cem: PersonName

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, new TestClock().now)
  queries = new PollQueries(database.prisma)
  ;[ann, bob, cem] = (await createPeople(database, 3)) as [PersonName, PersonName, PersonName]
})

afterAll(() => database.close())

const moderated = (asked: Asked = {}) => createPoll(box, ann, { optionsModerated: true, ...asked })
const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })
const stored = async ({ id }: Poll) => (await queries.view(id)).poll
const titles = (list: readonly { title: string }[]) => list.map(({ title }) => title)

async function propose(poll: Poll, title: string, by = bob): Promise<string> {
  const option = { id: newOptionId(), title }
  await submit(poll, { by, type: 'addOption', option })
  return option.id
}

describe('with moderated options', () => {
  test('an option from others is a proposal, and becomes their option on approval', async () => {
    const poll = await moderated()
    const optionId = await propose(poll, 'Soup')
    const proposed = await stored(poll)
    expect([titles(proposed.options), titles(proposed.proposals)]).toEqual([['Pizza', 'Sushi', 'Falafel'], ['Soup']])
    expect(await refusalOf(submit(poll, { by: cem, type: 'castVote', choices: picks(optionId) }))).toBe(
      'unknown_option',
    )
    const { events } = await submit(poll, { by: ann, type: 'approveProposal', optionId })
    expect(events[0]?.facts).toEqual({ type: 'proposal_approved', option: { id: optionId, title: 'Soup' } })
    const approved = await stored(poll)
    expect(approved.options.at(-1)).toMatchObject({ id: optionId, title: 'Soup', addedById: bob.id })
    expect(approved.proposals).toEqual([])
    await submit(poll, { by: cem, type: 'castVote', choices: picks(optionId) })
    expect((await submit(poll, { by: ann, type: 'approveProposal', optionId })).events).toEqual([])
    await expectConsistent(database, poll.id)
  })

  test('an option from the creator needs no approval', async () => {
    const poll = await moderated()
    await propose(poll, 'Soup', ann)
    expect(titles((await stored(poll)).options)).toContain('Soup')
  })

  test('the creator or the author dismisses a proposal, which can be made again', async () => {
    const poll = await moderated()
    for (const by of [ann, bob]) {
      const optionId = await propose(poll, 'Soup')
      expect(await refusalOf(submit(poll, { by: cem, type: 'dismissProposal', optionId }))).toBe('forbidden')
      await submit(poll, { by, type: 'dismissProposal', optionId })
      expect(await refusalOf(submit(poll, { by: ann, type: 'approveProposal', optionId }))).toBe('unknown_option')
    }
    expect((await stored(poll)).proposals).toEqual([])
    await expectConsistent(database, poll.id)
  })

  test('only the creator approves, and only while the poll is open', async () => {
    const poll = await moderated()
    const optionId = await propose(poll, 'Soup')
    expect(await refusalOf(submit(poll, { by: bob, type: 'approveProposal', optionId }))).toBe('forbidden')
    await submit(poll, { by: ann, type: 'close' })
    expect(await refusalOf(submit(poll, { by: ann, type: 'approveProposal', optionId }))).toBe('poll_closed')
    await submit(poll, { by: ann, type: 'dismissProposal', optionId })
    await expectConsistent(database, poll.id)
  })

  test('proposals and options differ from each other, also after a rename', async () => {
    const poll = await moderated()
    await propose(poll, 'Soup')
    for (const title of ['soup ', 'PIZZA']) {
      const option = { id: newOptionId(), title }
      expect(await refusalOf(submit(poll, { by: cem, type: 'addOption', option }))).toBe('option_exists')
    }
    const optionId = poll.options[0]?.id ?? ''
    const renaming = { by: ann, type: 'renameOption', optionId, title: 'Soup' } as const
    expect(await refusalOf(submit(poll, renaming))).toBe('option_exists')
  })

  test('proposals count towards the maximum number of options', async () => {
    const poll = await moderated({ options: Array.from({ length: 49 }, (_, index) => `Option ${index + 1}`) })
    await propose(poll, 'The last one')
    const option = { id: newOptionId(), title: 'One too many' }
    expect(await refusalOf(submit(poll, { by: bob, type: 'addOption', option }))).toBe('too_many_options')
  })

  test('dates are proposed in any zone, and stored in UTC', async () => {
    const poll = await moderated({ method: 'dates', options: ['2026-12-24', '2026-12-25'] })
    await propose(poll, '2026-12-26T18:00+01:00')
    expect(titles((await stored(poll)).proposals)).toEqual(['2026-12-26T17:00Z'])
  })

  test('a guest’s proposals belong to the person after a sign-in', async () => {
    const poll = await moderated()
    const optionId = await propose(poll, 'Soup', cem)
    await submit(poll, { by: bob, type: 'mergeGuest', guest: cem })
    expect((await stored(poll)).proposals).toEqual([{ id: optionId, title: 'Soup', proposedById: bob.id }])
    await submit(poll, { by: bob, type: 'dismissProposal', optionId })
    await expectConsistent(database, poll.id)
  })

  test('many proposals in one batch keep their order', async () => {
    const poll = await moderated()
    const asked = ['A', 'B', 'C', 'D'].map((title) => ({ id: newOptionId(), title }))
    await Promise.all([
      ...asked.map((option) => submit(poll, { by: bob, type: 'addOption', option })),
      submit(poll, { by: ann, type: 'approveProposal', optionId: asked[1]?.id ?? '' }),
      submit(poll, { by: ann, type: 'dismissProposal', optionId: asked[0]?.id ?? '' }),
    ])
    await propose(poll, 'E')
    const { options, proposals } = await stored(poll)
    expect([titles(options).at(-1), titles(proposals)]).toEqual(['B', ['C', 'D', 'E']])
    await expectConsistent(database, poll.id)
  })

  test('others make no proposals if only the creator may add options', async () => {
    const poll = await moderated({ optionsOpen: false })
    const option = { id: newOptionId(), title: 'Soup' }
    expect(await refusalOf(submit(poll, { by: bob, type: 'addOption', option }))).toBe('options_locked')
  })
})
