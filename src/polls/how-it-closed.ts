import type { EventFacts } from './events.ts'

/** Reads on from "closed the poll". */
export function howItClosed({ onTime, early }: Extract<EventFacts, { type: 'closed' }>): string {
  if (onTime) return ' on time'
  if (early === 'decided') return ' as the others could not change the result'
  return early === 'all_voted' ? ' as all had voted' : ''
}
