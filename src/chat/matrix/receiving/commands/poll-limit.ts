import { LRUCache } from 'lru-cache'
import type { Receiving } from '../receiving.ts'

/** How many polls an account may create in a minute: programs that answer each other would create them for ever. */
export const maxPollsAMinute = 10
const minuteMs = 60_000
const maxAccounts = 10_000

/** Of each account, the events of the last minute that created polls. */
export function newPollsOf(): Receiving['pollsOf'] {
  return new LRUCache({ max: maxAccounts, ttl: minuteMs })
}

/** Whether an event may create a poll. After the first `refused` in a minute, others are `ignored`. Repeated events get the same. */
export function mayCreatePoll(
  { pollsOf }: Pick<Receiving, 'pollsOf'>,
  { id, account }: { id: string; account: string },
): 'allowed' | 'refused' | 'ignored' {
  const events = pollsOf.get(account) ?? new Set<string>()
  if (events.size === 0) pollsOf.set(account, events)
  if (events.size <= maxPollsAMinute) events.add(id)
  if (!events.has(id)) return 'ignored'
  return [...events].indexOf(id) < maxPollsAMinute ? 'allowed' : 'refused'
}
