import type { NumberRule, PollRules } from '../../polls/model/poll-rules.ts'

// What rules are called, in the form of a new poll and in the form that edits one.

/** In the order of the edit form. Who finds the poll, who adds options and who votes have a part of their own. */
export const ruleLabels = {
  method: 'How people vote',
  maxChoices: 'Maximum number of options per person',
  optionsModerated: 'Options that others add are proposals until you approve them',
  votesFinal: 'Votes are final: a choice cannot be changed or withdrawn',
  resultsVisible: 'Who sees the results',
  quorum: 'Minimum number of voters',
  electorate: 'Expected number of voters',
  capacity: 'Maximum votes per option',
  remindHours: 'Reminder before closing',
  anonymous: 'Anonymous: nobody sees who voted for what',
} as const satisfies Record<Exclude<keyof PollRules, RuleElsewhere>, string>

type RuleElsewhere = 'optionsOpen' | 'votersSignedIn' | 'unlisted' | 'timeZone' | 'hasRoll'

export const methodLabels = {
  single_choice: 'One option',
  multiple_choice: 'Several options',
  ranked: 'Ranking: the best option first, then the next',
  score: 'Points: 0 to 5 for each option',
  dates: 'Dates: yes, if need be or no for each',
} as const

export const visibilityLabels = {
  always: 'Everybody, always',
  after_voting: 'People who have voted, and everybody after closing',
  after_closing: 'Nobody until the poll closes',
} as const

export const numberHints = {
  maxChoices: 'where people pick several',
  quorum: 'with fewer, the poll has no result',
  capacity: 'where people pick one or several, and always see the results',
  electorate: 'the poll closes when all have voted',
  remindHours: 'how many hours before the closing time the team chat reminds people who have not voted',
} as const satisfies Record<NumberRule, string>

export const labels = { rules: ruleLabels, hints: numberHints, methods: methodLabels, visibilities: visibilityLabels }
