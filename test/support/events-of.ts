import type { EventFacts, PollEvent } from '../../src/polls/model/events.ts'
import { picks } from './picks.ts'
import { ann } from './poll-log.ts'

const facts: Record<string, EventFacts> = {
  v: { type: 'voted', choices: picks('pizza') },
  w: { type: 'vote_withdrawn', from: picks('pizza') },
  c: { type: 'commented', body: 'Hm' },
  o: { type: 'option_added', option: { id: 'soup', title: 'Soup' } },
  e: { type: 'reopened' },
  g: {
    type: 'guest_merged',
    guest: { id: 'guest', name: 'Guest' },
    guestChoices: picks('pizza'),
    from: [],
    to: picks('pizza'),
  },
}

/**
 * A log after revision `place`: each letter an event, all at the same time. Each `v` and `w` is by another person. A
 * capital letter is a person who votes, and then changes the vote.
 */
export function eventsOf(letters: string, place = 0): PollEvent[] {
  return [...letters].map((letter, index) => {
    const isPerson = /[A-Z]/.test(letter)
    const isFirst = letters.indexOf(letter) === index && place === 0
    const voters = { v: `voter ${place + index}`, w: `voter ${place + index}` }
    const id = isPerson ? letter : voters[letter as keyof typeof voters]
    return {
      revision: place + index + 1,
      actor: id ? { ...ann, id } : ann,
      at: new Date(0),
      facts: isPerson ? (isFirst ? voted : changed) : (facts[letter] as EventFacts),
    }
  })
}

const voted: EventFacts = { type: 'voted', choices: picks('pizza') }
const changed: EventFacts = { type: 'vote_changed', from: picks('pizza'), to: picks('soup') }
