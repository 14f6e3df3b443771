import { isDeepStrictEqual } from 'node:util'
import { loading, type Subject } from './measure.ts'
import { createPolls, type PopulationTally, tally } from './population.ts'
import type { LoadProcess, LoadResult } from './processes/load.ts'
import type { PlainWayCalls } from './processes/plain-way.ts'
import type { Remote } from './processes/remote.ts'
import { actionVote, type BenchPoll, type Csrf, formVote, jsonVote } from './requests.ts'
import type { BenchSite } from './site.ts'

export type VoteRequest = (poll: BenchPoll, csrf: Csrf, choice: number) => string
export const byForm: VoteRequest = formVote
export const byJson: VoteRequest = (poll, _csrf, choice) => jsonVote(poll, choice)
export const byAction: VoteRequest = (poll, _csrf, choice) => actionVote(poll, choice)

/**
 * Distinct voters, each voting once, in `count` polls that are new in every round.
 *
 * @param where the processes that take the votes, if not only the site's server
 */
export function votes(
  site: BenchSite,
  name: string,
  request: VoteRequest,
  count: number,
  where: Pick<Partial<LoadProcess>, 'ports' | 'eachAtOnePort' | 'connections'> = {},
): Subject {
  let polls: BenchPoll[] = []
  return {
    name,
    prepare: async () => {
      polls = await createPolls(site.port, count)
    },
    run: (seconds) => {
      const targets = Array.from({ length: Math.max(5, count) }, (_, index) =>
        request(polls[index % count] as BenchPoll, site.csrf, index),
      )
      return site.load.run(loading(site, { ...where, targets, repeat: false, seconds }))
    },
    check: (result) => expectCounted(site, polls, result),
  }
}

/** Votes straight into the database, each in its transaction: what group commit is compared with. */
export function plainVotes(
  site: BenchSite,
  url: string,
  plainWay: Remote<PlainWayCalls>,
  { name, count, voters }: { name: string; count: number; voters: string[] },
): Subject {
  let polls: BenchPoll[] = []
  return {
    name,
    prepare: async () => {
      polls = await createPolls(site.port, count)
    },
    run: (seconds) => plainWay.run({ url, connections: 16, seconds, polls, voters }),
    check: async ({ answered }) => {
      const { ballots, optionVotes } = await tally(site.server, polls)
      if (ballots !== answered || optionVotes !== answered) throw new Error(`The plain way lost votes: ${ballots}`)
    },
  }
}

const nothing: PopulationTally = { totalVotes: 0, optionVotes: 0, ballots: 0, events: 0 }

/** @throws when the stored votes differ from the answered ones, in any place that counts them */
export async function expectCounted(site: BenchSite, polls: BenchPoll[], result: LoadResult, before = nothing) {
  const counted = await tally(site.server, polls)
  const { answered, errors, firstError } = result
  const expected = Object.fromEntries(Object.entries(before).map(([place, count]) => [place, count + answered]))
  if (errors > 0 || isDeepStrictEqual(counted, expected)) {
    if (errors > 0) console.warn(`${errors} errors, the first of them: ${firstError}`)
    return
  }
  throw new Error(`${answered} votes were answered, but counted were ${JSON.stringify({ before, counted })}`)
}
