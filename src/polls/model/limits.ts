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
  remindHours: { min: 1, max: 168 },
  /** In an anonymous poll: how many people have to vote for the ballots to be counted, and how many can vote. */
  anonymousVoters: { min: 3, max: 50_000 },
  capacity: { min: 1, max: 1_000_000 },
  /** Chat connections that the creator of a poll leaves out. */
  leftOut: { max: 200 },
  /** The number of entries of a voter list, and their length. */
  roll: { min: 0, max: 200 },
  rollEntry: { min: 1, max: 254 },
  electorate: { min: 1, max: 1_000_000 },
  /** Days until the closing time. */
  daysOpen: { min: 0, max: 1_000 },
  /** With more votes, a poll can no longer be limited to people who have signed in. */
  votesToLimit: { min: 0, max: 1_000 },
  /** An option that more ballots name cannot be removed. */
  ballotsToChange: { min: 0, max: 1_000 },
  /** Why the creator sets a vote aside. */
  reason: { min: 1, max: 300 },
} as const
