import type { EventFacts, PollEvent } from '../../src/polls/model/events.ts'
import { ann } from './poll-log.ts'

const facts: Record<string, EventFacts> = {
  v: { type: 'voted', choices: ['pizza'] },
  w: { type: 'vote_withdrawn', from: ['pizza'] },
  c: { type: 'commented', body: 'Hm' },
  o: { type: 'option_added', option: { id: 'soup', title: 'Soup' } },
  e: { type: 'reopened' },
  g: { type: 'guest_merged', guest: { id: 'guest', name: 'Guest' }, guestChoices: ['pizza'], from: [], to: ['pizza'] },
}

/** A log after revision `place`: each letter an event. */
export function eventsOf(letters: string, place = 0): PollEvent[] {
  return [...letters].map((letter, index) => ({
    revision: place + index + 1,
    actor: ann,
    at: new Date(0),
    facts: facts[letter] as EventFacts,
  }))
}
