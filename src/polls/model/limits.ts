/** How much a poll holds. Texts are measured in Unicode code points. */
export const limits = {
  title: { min: 3, max: 200 },
  description: { min: 0, max: 5_000 },
  category: { min: 0, max: 40 },
  optionTitle: { min: 1, max: 200 },
  options: { min: 2, max: 50 },
  maxChoices: { min: 2, max: 50 },
  comment: { min: 1, max: 5_000 },
  quorum: { min: 2, max: 1_000_000 },
  /**
   * How few people have to vote in an anonymous poll for its ballots to be opened, and how many can be, all at once.
   */
  anonymousVoters: { min: 3, max: 50_000 },
  capacity: { min: 1, max: 1_000_000 },
  /** How many people a roll holds, and how long their names or addresses are. */
  roll: { min: 0, max: 200 },
  rollEntry: { min: 1, max: 254 },
  electorate: { min: 1, max: 1_000_000 },
  /** How far ahead a closing time can be, in days. */
  daysOpen: { min: 0, max: 1_000 },
  /** With more votes than this, it is too late to say that guests have none. */
  votesToLimit: { min: 0, max: 1_000 },
} as const
