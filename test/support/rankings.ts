import fc from 'fast-check'
import type { Rankings } from '../../src/polls/counting/ranked/ranked-ballots.ts'

/**
 * Rankings as the literature writes them: `{ 'B A': 3 }` are three ballots with B first and A second, and `''` one that
 * names nothing.
 */
export function rankings(written: Record<string, number>): Rankings {
  return Object.entries(written).map(([ranking, ballots]) => ({ ranking: ranking.split(' ').filter(Boolean), ballots }))
}

export const optionIds = ['A', 'B', 'C', 'D', 'E'] as const

/** Few options and few ballots, so ties and cycles are common; many ballots leave options out. */
export const anyElection = elections({ options: [1, 5], maxAlike: 4 })

/** In most of them, options are tied for the last place in several rounds. */
export const tiedElection = elections({ options: [3, 6], maxAlike: 2 })

function elections({ options: [min, max], maxAlike }: { options: [number, number]; maxAlike: number }) {
  return fc.integer({ min, max }).chain((count) => {
    const ids = [...optionIds, 'F'].slice(0, count)
    const ballot = fc.record({
      ranking: fc.shuffledSubarray(ids, { minLength: 1 }),
      ballots: fc.integer({ min: 1, max: maxAlike }),
    })
    return fc.record({ ids: fc.constant(ids), cast: fc.array(ballot, { maxLength: 9 }) })
  })
}

/** Every ballot by itself. */
export function eachBallot(cast: Rankings): (readonly string[])[] {
  return cast.flatMap(({ ranking, ballots }) => Array<readonly string[]>(ballots).fill(ranking))
}

/** The textbook's capital of Tennessee: Wikipedia, "Instant-runoff voting" and "Condorcet method", 2024. */
export const tennessee = {
  ids: ['Memphis', 'Nashville', 'Chattanooga', 'Knoxville'],
  cast: rankings({
    'Memphis Nashville Chattanooga Knoxville': 42,
    'Nashville Chattanooga Knoxville Memphis': 26,
    'Chattanooga Knoxville Nashville Memphis': 15,
    'Knoxville Chattanooga Nashville Memphis': 17,
  }),
}

/**
 * The three who were left in the mayoral election of Burlington, Vermont, on 3 March 2009, after the others' transfers:
 * W. D. Smith, "Burlington Vermont 2009 IRV mayor election", rangevoting.org/Burlington.html.
 */
export const burlington = {
  ids: ['Montroll', 'Kiss', 'Wright'],
  cast: rankings({
    'Montroll Kiss Wright': 1332,
    'Montroll Wright Kiss': 767,
    Montroll: 455,
    'Kiss Montroll Wright': 2043,
    'Kiss Wright Montroll': 371,
    Kiss: 568,
    'Wright Montroll Kiss': 1513,
    'Wright Kiss Montroll': 495,
    Wright: 1289,
  }),
}
