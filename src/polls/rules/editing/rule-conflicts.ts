import { limits } from '../../model/limits.ts'
import type { PollRules } from '../../model/poll-rules.ts'

/** The rules that have to fit each other. `resultsVisible` is undefined in a new poll that leaves it out. */
export type ComparedRules = Pick<
  PollRules,
  'method' | 'maxChoices' | 'capacity' | 'anonymous' | 'quorum' | 'electorate'
> & {
  resultsVisible?: PollRules['resultsVisible'] | undefined
}

type RuleConflict = {
  between: readonly (keyof ComparedRules)[]
  /** The rule at which the message is shown. */
  at: keyof ComparedRules
  isWrong: (rules: ComparedRules) => boolean
  message: string
}

const { min: leastOpened, max: maxOpened } = limits.anonymousVoters
const enough = `An anonymous poll needs at least ${leastOpened} voters. Enter ${leastOpened} or more, or leave this empty.`

/** Rules that exclude each other, in a new poll and after an edit. */
export const ruleConflicts: readonly RuleConflict[] = [
  {
    between: ['method', 'maxChoices'],
    at: 'maxChoices',
    isWrong: ({ method, maxChoices }) => method !== 'multiple_choice' && maxChoices !== null,
    message:
      'Only a poll where people choose several options (multiple_choice) has a maximum number of options. Leave this empty.',
  },
  {
    between: ['method', 'capacity'],
    at: 'capacity',
    isWrong: ({ method, capacity }) => capacity !== null && method !== 'single_choice' && method !== 'multiple_choice',
    message: 'Only polls with one or several choices have maximum votes per option. Leave this empty.',
  },
  {
    between: ['anonymous', 'resultsVisible'],
    at: 'resultsVisible',
    isWrong: ({ anonymous, resultsVisible = 'after_closing' }) => anonymous && resultsVisible !== 'after_closing',
    message: 'An anonymous poll shows results after closing, so nobody can match votes with people. Leave this out.',
  },
  {
    between: ['anonymous', 'capacity'],
    at: 'capacity',
    isWrong: ({ anonymous, capacity }) => anonymous && capacity !== null,
    message: 'An anonymous poll cannot have maximum votes per option, as its counts are hidden. Leave this empty.',
  },
  {
    between: ['anonymous', 'quorum'],
    at: 'quorum',
    isWrong: ({ anonymous, quorum }) => anonymous && quorum !== null && quorum < leastOpened,
    message: enough,
  },
  {
    between: ['anonymous', 'quorum', 'electorate'],
    at: 'anonymous',
    isWrong: ({ anonymous, quorum, electorate }) => anonymous && Math.max(quorum ?? 0, electorate ?? 0) > maxOpened,
    message: `An anonymous poll takes at most ${maxOpened.toLocaleString('en')} voters. Lower the numbers.`,
  },
  {
    between: ['anonymous', 'electorate'],
    at: 'electorate',
    isWrong: ({ anonymous, electorate }) => anonymous && electorate !== null && electorate < leastOpened,
    message: enough,
  },
  {
    between: ['anonymous', 'resultsVisible', 'capacity'],
    at: 'capacity',
    isWrong: ({ anonymous, resultsVisible = 'always', capacity }) =>
      !anonymous && capacity !== null && resultsVisible !== 'always',
    message: 'With maximum votes per option, results are always visible. Show them always, or leave this empty.',
  },
  {
    between: ['quorum', 'electorate'],
    at: 'quorum',
    isWrong: ({ quorum, electorate }) => (quorum ?? 0) > (electorate ?? Infinity),
    message: 'This minimum exceeds the number of voters. Lower it.',
  },
]
