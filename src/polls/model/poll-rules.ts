/** How people vote and how their ballots are counted (see `counting/`). */
export const pollMethods = ['single_choice', 'multiple_choice', 'score', 'ranked', 'dates'] as const
export type PollMethod = (typeof pollMethods)[number]

/** When a person sees the results: always, once they have voted, or once the poll is closed. All see them then. */
export const resultsVisibilities = ['always', 'after_voting', 'after_closing'] as const
export type ResultsVisible = (typeof resultsVisibilities)[number]

/** Rules that are a number, or null where the creator sets none. */
const numbers = {
  /** How many options a multiple choice ballot may name. */
  maxChoices: null,
  /** How many people have to vote for a result. */
  quorum: null,
  /** How many hours before the closing time people who have not voted are reminded. */
  remindHours: null,
  /** How many people can choose the same option. */
  capacity: null,
  /** How many people are expected to vote. The poll closes when all have (see `closingEarly`). */
  electorate: null,
}

/** Rules that are either on or off, as they are where the creator does not say. */
export const defaultFlags = {
  /** People other than the creator may add options. */
  optionsOpen: true,
  /** An option that somebody else adds is a proposal until the creator approves it. */
  optionsModerated: false,
  /** Only people who have signed in with a chat may vote. */
  votersSignedIn: false,
  /** Only people with the link find the poll: no list, search or chat shows it. */
  unlisted: false,
  /** A vote cannot be changed. Where voters choose more than one option, they can add more. */
  votesFinal: false,
  /**
   * Everybody knows who has voted, and nobody what. Results show after closing, the poll has a quorum, and options have
   * no votes until the ballots are opened (see `closing`).
   */
  anonymous: false,
}

export type NumberRule = keyof typeof numbers
export type FlagRule = keyof typeof defaultFlags

/** What the creator of a poll decides about voting and results. */
export type PollRules = { [Name in NumberRule]: number | null } & { [Name in FlagRule]: boolean } & {
  method: PollMethod
  resultsVisible: ResultsVisible
  /**
   * The IANA zone, such as `Europe/Berlin`, of the creator, who types dates and the closing time in it. Downloads have
   * times in it, and readers whose own zone is unknown see them in it. Null if unknown; never null in a poll of dates.
   */
  timeZone: string | null
  /** Only people on the voter list may vote; `electorate` is their number. */
  hasRoll: boolean
}

/** Rules that stay as they are when the poll is created. `rules/editing/rule-changes.ts` says when others can change. */
const fixedRules = ['anonymous', 'hasRoll'] as const
export type EditableRule = Exclude<keyof PollRules, (typeof fixedRules)[number]>
export type EditableRules = Pick<PollRules, EditableRule>

export const defaultRules: PollRules = {
  method: 'single_choice',
  resultsVisible: 'always',
  timeZone: null,
  hasRoll: false,
  ...numbers,
  ...defaultFlags,
}

/** The rules that differ from `defaultRules`: all that the log keeps. Logs from before a rule existed stay readable. */
export type LoggedRules = { [Name in keyof PollRules]?: NonNullable<PollRules[Name]> }

export const ruleNames = Object.keys(defaultRules) as (keyof PollRules)[]
export const editableRules = ruleNames.filter(
  (name): name is EditableRule => !(fixedRules as readonly string[]).includes(name),
)
export const numberRules = Object.keys(numbers) as NumberRule[]
export const flagRules = Object.keys(defaultFlags) as FlagRule[]

export function rulesOf(poll: PollRules): PollRules {
  return Object.fromEntries(ruleNames.map((name) => [name, poll[name]])) as PollRules
}

export function toLoggedRules(rules: { [Name in keyof PollRules]?: PollRules[Name] | undefined }): LoggedRules {
  const unusual = ruleNames.filter((name) => (rules[name] ?? defaultRules[name]) !== defaultRules[name])
  return Object.fromEntries(unusual.map((name) => [name, rules[name]]))
}

export function fromLoggedRules(logged: LoggedRules): PollRules {
  return rulesOf({ ...defaultRules, ...logged })
}
