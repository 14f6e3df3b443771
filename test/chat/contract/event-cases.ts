import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../src/chat/chat.ts'
import type { PersonName } from '../../../src/people/model/person-name.ts'
import type { EventFacts, PollEvent } from '../../../src/polls/model/events.ts'
import { newPollId } from '../../../src/polls/model/ids.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { type PollMethod, pollMethods } from '../../../src/polls/model/poll-rules.ts'
import { ann, at, option } from '../../support/entries.ts'
import { ballots, bob, everyEvent, naughtyTexts, pollAfter, pollBy, readableTexts } from './every-event.ts'
import type { OnStage } from './on-stage.ts'
import { about, commented, staged } from './staged-entries.ts'

/** What people read about every kind of event, and what they must not read. */
export function eventCases(on: OnStage): void {
  describe('every type of event is posted', () => {
    for (const method of pollMethods)
      for (const [what, rules] of [['results for all', {}], ...hiding] as typeof hiding)
        test(`in a poll by ${method} with ${what}`, async () => {
          const room = await on.room()
          const poll = pollBy(method, { id: newPollId(), ...rules })
          const all = Object.values(everyEvent(method)).flat()
          for (const [index, facts] of all.entries()) {
            const events: Entry['events'] = [{ revision: index + 1, actor: ann, at, facts }]
            const nonVoters = facts.type === 'reminded' ? { people: 2, names: ['Bob', 'Chen'] } : undefined
            const message = staged(events, { poll: pollAfter(facts, poll), nonVoters })
            expect([facts, await room.deliver(message)]).toMatchObject([facts, { kind: 'sent' }])
          }
          const texts = await room.texts()
          expect(texts).toHaveLength(all.length)
          expect(texts.filter((text) => text.trim() === '')).toEqual([])
        })
  })

  test('several votes are one message, with the number of people or the votes', async () => {
    const room = await on.room()
    const votes = [ann, bob].map((actor, index): PollEvent => {
      return { revision: index + 1, actor, at, facts: { type: 'voted', choices: [{ optionId: 'o1' }] } }
    })
    expect(await room.deliver(staged(votes as unknown as Entry['events']))).toMatchObject({ kind: 'sent' })
    const texts = await room.texts()
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/2 people|Ann[\s\S]*Bob/)
  })

  test('the last message of a poll that moves away is posted', async () => {
    const room = await on.room()
    const moved: EventFacts = { type: 'edited', category: { from: 'Food', to: 'Travel' } }
    expect(await room.deliver(staged([moved], { movedAway: true }))).toMatchObject({ kind: 'sent' })
    expect((await room.texts()).join()).toContain('Travel')
  })

  test('the first message has the poll’s title, and where people read it in the browser', async () => {
    const room = await on.room()
    const { created } = everyEvent('single_choice')
    expect(await room.deliver(staged(created.slice(0, 1)))).toMatchObject({ kind: 'sent' })
    const all = [...(await room.texts()), (await room.staged.state?.()) ?? ''].join('\n')
    expect(all).toContain('Where to eat lunch?')
    for (const { title } of about.poll.options) expect(all).toContain(title)
  })

  test('a message of a chat without threads says of which poll it is', async ({ skip }) => {
    const room = await on.room()
    skip(room.staged.state !== undefined, 'This chat has threads.')
    await room.deliver(commented('Hungry'))
    expect((await room.texts()).join()).toContain(about.poll.title)
  })

  test('the thread shows the newest state, and a deleted poll’s results no more', async ({ skip }) => {
    const room = await on.room()
    const { state } = room.staged
    skip(!state, 'Messages of this chat never change.')
    const { created, edited, closed, deleted } = everyEvent('single_choice')
    const show = async (facts: EventFacts | undefined, poll: Poll) => {
      if (facts) expect(await room.deliver(staged([facts], { poll }))).toMatchObject({ kind: 'sent' })
      return room.staged.state?.()
    }
    const before = await show(created[0], { ...about.poll, title: 'Where to go?', totalVotes: 0 })
    expect(before).toContain('Where to go?')
    const after = await show(edited[0], about.poll)
    expect(after).toContain('Where to eat lunch?')
    expect(after).not.toContain('Where to go?')
    const over = await show(closed[0], pollAfter({ type: 'settled', option: { id: '', title: '' } }, about.poll))
    expect(over).toMatch(/closed/i)
    const gone = await show(deleted[0], { ...about.poll, deletedAt: at })
    expect(gone).not.toContain('Sushi')
  })

  describe('people learn nothing that is hidden', () => {
    for (const method of pollMethods)
      for (const [what, rules] of hiding)
        test(`in a poll by ${method} with ${what}`, async () => {
          const poll = pollBy(method, { id: newPollId(), ...rules })
          const [some, others] = poll.anonymous
            ? [secretVotes(ann), secretVotes(bob)]
            : [votesBy(method, 'one'), votesBy(method, 'other')]
          const shown = await shownOf(on, poll, some, [3, 1, 0])
          expect(await shownOf(on, poll, others, [0, 1, 3])).toEqual(shown)
          expect(shown.join('')).not.toBe('')
        })
  })

  describe('texts that break programs', () => {
    const shown = (texts: string[]) => texts.join('\n').replace(/[\u2066-\u2069\u200e\u200f]/g, '')

    test.each(naughtyTexts)('are posted, wherever people type them: %j', async (text) => {
      const room = await on.room()
      const poll: Poll = {
        ...about.poll,
        ...{ id: newPollId(), title: text, description: text, category: text },
        options: [option('o1', text, 3), option('o2', `${text}2`, 1), option('o3', 'Falafel', 0)],
      }
      const actor = { ...ann, name: text }
      const facts: EventFacts[] = [
        ...{ ...everyEvent('single_choice') }.created,
        { type: 'voted', choices: [{ optionId: 'o1' }] },
        { type: 'commented', body: text },
        { type: 'option_added', option: { id: 'o1', title: text } },
        { type: 'edited', title: { from: text, to: text }, category: { from: text, to: text } },
        { type: 'vote_set_aside', voter: actor, choices: [{ optionId: 'o1' }], reason: text },
      ]
      const profiles = new Map([[ann.id, { name: text, avatarUrl: text }]])
      for (const fact of facts) {
        const outcome = await room.deliver(staged([{ revision: 1, actor, at, facts: fact }], { poll, profiles }))
        expect([fact, outcome]).toMatchObject([fact, { kind: 'sent' }])
      }
      // The room still works, and the next message is whole.
      expect(await room.deliver(commented('All is well'))).toMatchObject({ kind: 'sent' })
      const texts = await room.texts()
      expect(texts).toHaveLength(facts.length + 1)
      expect(texts.at(-1)).toContain('All is well')
    })

    test.each(readableTexts)('can be read as they were typed: %j', async (text) => {
      const room = await on.room()
      await room.deliver(commented(text))
      await room.deliver(staged([{ type: 'option_added', option: { id: 'o1', title: text } }]))
      const [comment, added] = await room.texts()
      expect(shown([comment ?? ''])).toContain(text)
      expect(shown([added ?? ''])).toContain(text)
    })

    test('are posted in the largest poll', async () => {
      const room = await on.room()
      const long = `<"&'>`.repeat(40)
      const options = Array.from({ length: 49 }, (_, index) => option(`o${index}`, '👩‍👩‍👧'.repeat(25) + index, 1))
      const texts = { title: long, description: `"${'a.co '.repeat(999)}`, options: [option('o', long, 1), ...options] }
      const poll: Poll = { ...about.poll, ...texts, id: newPollId() }
      const outcome = { kind: 'tie' as const, options: poll.options.map(({ id }) => id), votes: 1 }
      const { created } = everyEvent('single_choice')
      for (const facts of [...created, { type: 'closed', outcome } as const])
        expect(await room.deliver(staged([facts], { poll }))).toMatchObject({ kind: 'sent' })
      expect(await room.deliver(commented(`"'`.repeat(2_500), { poll }))).toMatchObject({ kind: 'sent' })
    })
  })
}

const hiding: [string, Partial<Poll>][] = [
  ['results after closing', { resultsVisible: 'after_closing' }],
  ['results after voting', { resultsVisible: 'after_voting' }],
  ['anonymous votes', { anonymous: true, resultsVisible: 'after_closing', quorum: 3 }],
]

function votesBy(method: PollMethod, which: 'one' | 'other'): PollEvent[] {
  const choices = ballots[method][which]
  const facts: EventFacts[] = [
    { type: 'voted', choices },
    { type: 'vote_changed', from: ballots[method].one, to: choices },
    { type: 'vote_changed', from: choices, to: ballots[method].one },
    { type: 'vote_withdrawn', from: choices },
    { type: 'vote_counted', choices },
    { type: 'vote_set_aside', voter: bob, choices, reason: 'Voted twice' },
    { type: 'vote_restored', voter: bob, choices },
    { type: 'guest_merged', guest: bob, guestChoices: choices, from: [], to: choices },
  ]
  return facts.map((facts, index) => ({ revision: index + 2, actor: ann, at, facts }))
}

function secretVotes(actor: PersonName): PollEvent[] {
  const types = ['secret_vote_cast', 'secret_vote_withdrawn', 'secret_vote_cast'] as const
  return types.map((type, index) => ({ revision: index + 2, actor, at, facts: { type } }))
}

/** What the chat was sent and what people read, with the same ids in every room. */
async function shownOf(on: OnStage, poll: Poll, votes: PollEvent[], counts: number[]): Promise<string[]> {
  const room = await on.room()
  on.stage.takeSent?.()
  const options = poll.options.map((one, index) => ({ ...one, votes: poll.anonymous ? 0 : (counts[index] ?? 0) }))
  const [facts = votes[0]?.facts] = everyEvent(poll.method).created
  for (const event of [...(facts ? [{ revision: 1, actor: bob, at, facts }] : []), ...votes]) {
    const uuid = `0198c0de-0000-8000-8000-${String(event.revision).padStart(12, '0')}`
    const message = staged([event], { uuid, poll: { ...poll, options } })
    expect(await room.deliver(message)).toMatchObject({ kind: 'sent' })
  }
  const { credentials, externalId } = room.staged
  const sent = (on.stage.takeSent?.() ?? []).map((text) =>
    text.replaceAll(credentials, '…').replaceAll(externalId, '…'),
  )
  return [...sent, ...(await room.texts()), (await room.staged.state?.()) ?? '']
}
