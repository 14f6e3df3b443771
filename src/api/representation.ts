import { z } from 'zod'
import type { PersonName } from '../people/model/person-name.ts'
import { outcomeOf } from '../polls/counting/methods.ts'
import { formatChoices } from '../polls/model/choices/choice-text.ts'
import { pollPath } from '../polls/model/ids.ts'
import type { Choices, Poll } from '../polls/model/poll.ts'
import { rulesOf } from '../polls/model/poll-rules.ts'
import type { Comment } from '../polls/queries/poll-queries.ts'
import { areResultsHidden, seenBy } from '../polls/rules/visibility.ts'
import { ruleSchemas } from './rule-schemas.ts'

export const time = z.iso.datetime().meta({ id: 'Time', description: 'ISO 8601, UTC' })
export const revision = z.int32().min(1)
const count = z.int32().min(0)

export const personSchema = z
  .strictObject({
    id: z.string().meta({ examples: ['k3v9m2x7q4w8bd'] }),
    name: z
      .string()
      .describe('The name that the person chose')
      .meta({ examples: ['Ada'] }),
    isGuest: z
      .boolean()
      .describe(
        'Whether the person has not signed in with a chat. A guest can use any name, including another person’s',
      ),
  })
  .meta({ id: 'Person' })

export const optionIds = z.array(z.string().meta({ examples: ['h7k2m9x4q3vd'] }))

export const outcomeSchema = z
  .strictObject({
    kind: z
      .enum(['winner', 'tie', 'no_votes', 'no_quorum', 'no_support', 'undecided'])
      .describe(
        'no_votes: nobody voted. no_quorum: too few people voted. no_support: no option has a point, or nobody can make any of the dates. undecided: a ranking has too many ties to follow every count',
      ),
    options: optionIds.describe('The winner, or all tied options; empty for the other kinds'),
    votes: count.describe(
      'The votes of each of these options. In a poll of points: its points. Of a date: how many people can come. In a ranking: the winner’s votes in the last of the rounds shown',
    ),
  })
  .meta({ id: 'Outcome' })

export const pollSchema = z
  .strictObject({
    id: z.string().meta({ examples: ['w8t4m2k9x7qd3vhp'] }),
    url: z.url().describe('The poll’s web page'),
    title: z.string().meta({ examples: ['Where to eat lunch?'] }),
    formerTitle: z
      .string()
      .nullable()
      .describe('The title that people answered, if it was changed after votes; else null'),
    description: z.string().describe('Plain text; may be empty'),
    category: z
      .string()
      .describe('A short label; empty without one')
      .meta({ examples: ['Food'] }),
    status: z.enum(['open', 'closed']),
    revision: revision.describe('The number of the poll’s latest event'),
    options: z.array(
      z.strictObject({
        id: z.string().meta({ examples: ['h7k2m9x4q3vd'] }),
        title: z
          .string()
          .describe('Of a date, a day or a time in UTC, or two of them with / between, in ISO 8601')
          .meta({ examples: ['Noodles'] }),
        formerTitle: z
          .string()
          .nullable()
          .describe('The title that people voted for, if the option was renamed since; else null'),
        votes: count
          .nullable()
          .describe(
            'The number of votes. In a ranking: how many ballots name it first. In a poll of points: its points. Of a date: how many say yes. Null while the results are hidden',
          ),
        maybes: count
          .nullable()
          .describe('Of a date: how many people can if need be; else 0. Null while the results are hidden'),
      }),
    ),
    ...ruleSchemas,
    proposals: z
      .array(z.strictObject({ id: z.string().meta({ examples: ['h7k2m9x4q3vd'] }), title: z.string() }))
      .describe('Options that wait for the creator’s approval'),
    totalVotes: count.describe('How many people voted'),
    hasVoted: z.boolean().describe('Whether you have voted and your vote counts'),
    myChoices: optionIds.describe(
      'The choices on your ballot. In a ranking: the best first. In a poll of points: each with = and its points. In a poll of dates: each with =yes, =if_need_be or =no. Empty without a ballot, and in an anonymous poll, where you need your receipt to read it',
    ),
    comments: count.describe('The number of comments'),
    createdBy: personSchema,
    createdAt: time,
    closesAt: time.nullable().describe('The closing time of an open poll; null without one'),
    closedAt: time.nullable(),
    archivedAt: time
      .nullable()
      .describe('When it was archived; lists leave archived polls out. Null if it is not archived'),
    settledOptionId: z
      .string()
      .nullable()
      .describe('The date on which the creator of a closed poll of dates settled; null without one'),
    outcome: outcomeSchema.nullable().describe('The result; null while the poll is open'),
  })
  .meta({ id: 'Poll' })

export type PollJson = z.infer<typeof pollSchema>

/** `choices` and `hasVoted` belong to the person who sends the request. */
type PollSeen = { poll: Poll; choices: Choices; hasVoted: boolean }

export function pollJson({ poll, choices, hasVoted }: PollSeen, { origin }: URL): PollJson {
  const areHidden = areResultsHidden(seenBy(poll, choices))
  return {
    id: poll.id,
    url: origin + pollPath(poll),
    title: poll.title,
    formerTitle: poll.formerTitle,
    description: poll.description,
    category: poll.category,
    status: poll.status,
    revision: poll.revision,
    options: poll.options.map(({ id, title, formerTitle, votes, maybes }) => ({
      id,
      title,
      formerTitle,
      votes: areHidden ? null : votes,
      maybes: areHidden ? null : maybes,
    })),
    ...rulesOf(poll),
    proposals: poll.proposals.map(({ id, title }) => ({ id, title })),
    hasVoted,
    totalVotes: poll.totalVotes,
    myChoices: formatChoices(choices),
    comments: poll.totalComments,
    createdBy: personJson(poll.createdBy),
    createdAt: poll.createdAt.toISOString(),
    closesAt: poll.closesAt?.toISOString() ?? null,
    closedAt: poll.closedAt?.toISOString() ?? null,
    archivedAt: poll.archivedAt?.toISOString() ?? null,
    settledOptionId: poll.settledOptionId,
    outcome: (poll.status === 'closed' && outcomeOf(poll)) || null,
  }
}

/** The chat in which a comment was written. Its room is left out: only people of the chat know its rooms. */
export const commentOriginSchema = z.strictObject({
  chat: z.string().describe('The chat in whose thread it was written'),
})

export const commentSchema = z
  .strictObject({
    revision: revision.describe('The revision of the event that added it'),
    author: personSchema,
    at: time,
    body: z.string().meta({ examples: ['The noodles were good last time.'] }),
    editedAt: time.nullable().describe('When its author last changed it; null if never'),
    from: commentOriginSchema.nullable().describe('Where it was written; null for a comment that was written here'),
  })
  .meta({ id: 'Comment' })

export function commentJson({ revision, author, at, body, editedAt, from }: Comment): z.infer<typeof commentSchema> {
  return {
    revision,
    author: personJson(author),
    at: at.toISOString(),
    body,
    editedAt: editedAt?.toISOString() ?? null,
    from: from && { chat: from.chat },
  }
}

export function personJson({ id, name, isSignedIn }: PersonName): z.infer<typeof personSchema> {
  return { id, name, isGuest: isSignedIn !== true }
}
