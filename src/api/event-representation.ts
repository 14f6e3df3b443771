import { z } from 'zod'
import type { EventType, PollEvent } from '../polls/model/events.ts'
import type { Poll } from '../polls/model/poll.ts'
import { isActorHidden, shownFacts } from '../polls/rules/visibility.ts'
import { optionIds, outcomeSchema, personJson, personSchema, revision, time } from './representation.ts'
import { loggedRuleSchemas } from './rule-schemas.ts'

const option = z.strictObject({ id: z.string(), title: z.string() })
const change = <T extends z.ZodType>(of: T) => z.strictObject({ from: of, to: of }).optional()
const guestBallots = z.array(z.strictObject({ personId: z.string(), choices: optionIds })).optional()
const nothing = z.strictObject({})
const actor = personSchema
  .nullable()
  .describe('Who did it; null where that is kept secret, as it is who voted in an anonymous poll')

/** What the log says of each type of event. */
const facts = {
  created: z.strictObject({
    title: z.string(),
    description: z.string(),
    category: z.string().optional().describe('Left out without one'),
    ...loggedRuleSchemas,
    optionsOpen: z.boolean(),
    closesAt: time.optional().describe('When it closes by itself; left out if it does not'),
    options: z.array(option),
  }),
  voted: z.strictObject({ choices: optionIds }),
  vote_changed: z.strictObject({ from: optionIds, to: optionIds }),
  vote_withdrawn: z.strictObject({ from: optionIds }),
  secret_vote_cast: nothing.describe('In an anonymous poll, where changes of a vote are not told of'),
  secret_vote_withdrawn: nothing,
  option_added: z.strictObject({ option }),
  option_proposed: z.strictObject({ option }),
  proposal_approved: z.strictObject({ option }).describe('It is an option from then on, of who proposed it'),
  proposal_dismissed: z.strictObject({ option }),
  option_renamed: z.strictObject({ optionId: z.string(), from: z.string(), to: z.string() }),
  commented: z.strictObject({ body: z.string() }),
  edited: z.strictObject({
    title: change(z.string()),
    description: change(z.string()),
    category: change(z.string()),
    optionsOpen: change(z.boolean()),
    votersSignedIn: change(z.boolean()),
    closesAt: change(time.nullable()),
    timeZone: change(z.string().nullable()).describe('What the clock shows stays, so that times are others'),
    movedDates: z
      .array(z.strictObject({ id: z.string(), from: z.string(), to: z.string() }))
      .optional()
      .describe('Options and proposals that are at another time, as the time zone was changed; else left out'),
    uncounted: guestBallots.describe(
      'Ballots of guests that count no more, as only people who have signed in may vote',
    ),
    recounted: guestBallots.describe('Those of them that count again, as guests may vote again'),
  }),
  voter_list_changed: z.strictObject({
    voters: z.strictObject({ from: z.int32(), to: z.int32() }).describe('How many people can vote'),
    uncounted: guestBallots.describe('Ballots of people who can no longer vote: they do not count any more'),
  }),
  closed: z.strictObject({
    outcome: outcomeSchema,
    early: z
      .enum(['all_voted', 'decided'])
      .optional()
      .describe('Why it closed by itself: all have voted, or the others cannot change the result; else left out'),
    tally: z
      .array(z.strictObject({ id: z.string(), votes: z.int32(), maybes: z.int32() }))
      .optional()
      .describe('What the secret ballots give to each option; left out unless they are opened by this'),
    onTime: z.boolean().optional().describe('Left out unless it closed by itself, at the time that the actor had said'),
  }),
  reopened: nothing,
  archived: nothing,
  unarchived: nothing,
  deleted: nothing,
  guest_merged: z
    .strictObject({
      guest: z
        .strictObject({ id: z.string(), name: z.string() })
        .describe('Who they were; in an anonymous poll, without an id'),
      guestChoices: optionIds.describe('What the guest had on the ballot; empty without one'),
      setAside: z.boolean().optional().describe('Left out unless that did not count, as the guest had not signed in'),
      from: optionIds.describe('What the actor had on their own; empty without one'),
      to: optionIds.describe('What counts now: the newer of the two; empty without one'),
    })
    .describe('The actor was a guest here before they signed in: the guest’s poll, options and ballot are theirs'),
  vote_counted: z
    .strictObject({ choices: optionIds })
    .describe('The actor voted as a guest, which did not count, and has signed in: now it does'),
} satisfies Record<EventType, z.ZodType>

const ofType = <T extends EventType>(type: T) =>
  z.strictObject({ revision, type: z.literal(type), actor, at: time, facts: facts[type] })

const [first, ...others] = (Object.keys(facts) as EventType[]).map(ofType)
if (!first) throw new RangeError('There are no types of events.')

export const eventSchema = z.discriminatedUnion('type', [first, ...others]).meta({
  id: 'Event',
  description:
    'An entry of a poll’s log: who did what, and when. While the results are hidden, choices are left out: lists of them are empty.',
})

/** One event as the log, the stream and no other place shows it. @param poll as it stands, which may hide results */
export function eventJson({ revision, actor, at, facts }: PollEvent, poll: Poll) {
  const { type, ...rest } = shownFacts(facts, poll)
  return {
    revision,
    type,
    actor: isActorHidden(type, poll) ? null : personJson(actor),
    at: at.toISOString(),
    facts: rest,
  }
}
