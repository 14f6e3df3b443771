import { z } from 'zod'
import { type FactsAsText, formatFacts } from '../polls/model/choices/event-text.ts'
import { type AboutComment, type EventType, isAboutComment, type PollEvent } from '../polls/model/events.ts'
import type { Poll } from '../polls/model/poll.ts'
import { isActorHidden, shownFacts } from '../polls/rules/visibility.ts'
import {
  commentOriginSchema,
  optionIds,
  outcomeSchema,
  personJson,
  personSchema,
  revision,
  time,
} from './representation.ts'
import { changedRuleSchemas, loggedRuleSchemas } from './rule-schemas.ts'

const option = z.strictObject({ id: z.string(), title: z.string() })
const change = <T extends z.ZodType>(of: T) => z.strictObject({ from: of, to: of }).optional()
const guestBallots = z.array(z.strictObject({ personId: z.string(), choices: optionIds })).optional()
const nothing = z.strictObject({})
const commentRevision = revision.describe('The revision of the event that added the comment')
const commentNow = z.string().nullable().describe('The comment as it is now; null once it was deleted')
const actor = personSchema.nullable().describe('The person; null for votes in an anonymous poll')

/** The `facts` of each event type. */
const factSchemas = {
  created: z.strictObject({
    title: z.string(),
    description: z.string(),
    category: z.string().optional().describe('Left out without one'),
    ...loggedRuleSchemas,
    optionsOpen: z.boolean(),
    closesAt: time.optional().describe('The closing time; left out if the poll has none'),
    options: z.array(option),
  }),
  voted: z.strictObject({ choices: optionIds }),
  vote_changed: z.strictObject({ from: optionIds, to: optionIds }),
  vote_withdrawn: z.strictObject({ from: optionIds }),
  secret_vote_cast: nothing.describe('In an anonymous poll. Changes of a vote are not logged'),
  secret_vote_withdrawn: nothing,
  option_added: z.strictObject({ option }),
  option_proposed: z.strictObject({ option }),
  proposal_approved: z
    .strictObject({ option })
    .describe('The proposal becomes an option of the person who proposed it'),
  proposal_dismissed: z.strictObject({ option }),
  option_renamed: z.strictObject({ optionId: z.string(), from: z.string(), to: z.string() }),
  option_removed: z.strictObject({
    option,
    changed: guestBallots.describe(
      'Ballots that named the option, as they were. One without another choice does not count any more; left out if there are none, and while votes are hidden',
    ),
    changedAside: guestBallots.describe('The same for ballots that are set aside'),
  }),
  vote_set_aside: z
    .strictObject({ voter: personSchema, choices: optionIds, reason: z.string() })
    .describe('The creator set a vote aside. It does not count'),
  vote_restored: z.strictObject({ voter: personSchema, choices: optionIds }).describe('It counts again'),
  commented: z.strictObject({
    body: commentNow,
    from: commentOriginSchema.optional().describe('Where it was written; left out for a comment that was written here'),
  }),
  comment_edited: z.strictObject({ comment: commentRevision, body: commentNow }),
  comment_deleted: z.strictObject({ comment: commentRevision }),
  edited: z.strictObject({
    title: change(z.string()),
    description: change(z.string()),
    category: change(z.string()),
    ...changedRuleSchemas,
    closesAt: change(time.nullable()),
    timeZone: change(z.string().nullable()).describe('Times keep what the clock shows, so their instants change'),
    movedDates: z
      .array(z.strictObject({ id: z.string(), from: z.string(), to: z.string() }))
      .optional()
      .describe('Options and proposals whose instants changed with the time zone; left out if there are none'),
    uncounted: guestBallots.describe(
      'Ballots of guests that no longer count, because only people who have signed in may vote',
    ),
    recounted: guestBallots.describe('Ballots of guests that count again, because guests may vote again'),
  }),
  voter_list_changed: z.strictObject({
    voters: z.strictObject({ from: z.int32(), to: z.int32() }).describe('How many people can vote'),
    uncounted: guestBallots.describe('Ballots that no longer count, because their voters can no longer vote'),
  }),
  closed: z.strictObject({
    outcome: outcomeSchema,
    early: z
      .enum(['all_voted', 'decided'])
      .optional()
      .describe(
        'Why the poll closed early: all have voted, or further votes cannot change the result; left out otherwise',
      ),
    tally: z
      .array(z.strictObject({ id: z.string(), votes: z.int32(), maybes: z.int32() }))
      .optional()
      .describe('The votes for each option of an anonymous poll; left out unless closing publishes the ballots'),
    onTime: z
      .boolean()
      .optional()
      .describe('Whether it closed automatically at the closing time that the actor set; left out otherwise'),
  }),
  settled: z.strictObject({ option }).describe('The creator settled on this date of a closed poll of dates'),
  reminded: z.strictObject({
    people: z.int32().describe('How many people had not voted. They are not named here'),
    onTime: z.boolean().optional().describe('Whether it was the set time before closing; left out otherwise'),
  }),
  reopened: nothing,
  archived: nothing,
  unarchived: nothing,
  deleted: nothing,
  guest_merged: z
    .strictObject({
      guest: z
        .strictObject({ id: z.string(), name: z.string() })
        .describe('The guest; in an anonymous poll, without an id'),
      guestChoices: optionIds.describe('The guest’s ballot; empty without one'),
      setAside: z
        .boolean()
        .optional()
        .describe(
          'Whether the guest’s ballot did not count, because only people who have signed in may vote; left out otherwise',
        ),
      from: optionIds.describe('The actor’s own ballot; empty without one'),
      to: optionIds.describe('The ballot that counts now: the newer of the two; empty without one'),
    })
    .describe(
      'The actor took part as another guest before they signed in, or opened their private link. The guest’s poll, options and ballot now belong to them',
    ),
  vote_counted: z
    .strictObject({ choices: optionIds })
    .describe('The actor voted as a guest, and has now signed in. Their vote counts from now on'),
} satisfies Record<EventType, z.ZodType>

const ofType = <T extends EventType>(type: T) =>
  z.strictObject({ revision, type: z.literal(type), actor, at: time, facts: factSchemas[type] })

const [first, ...others] = (Object.keys(factSchemas) as EventType[]).map(ofType)
if (!first) throw new RangeError('There is no event type.')

export const eventSchema = z.discriminatedUnion('type', [first, ...others]).meta({
  id: 'Event',
  description:
    'An entry of a poll’s log: who did what, and when. While the results are hidden, lists of choices are empty.',
})

/**
 * An event as `/events` and `/stream` send it.
 * | @param poll its current state, which decides whether choices and the actor are hidden
 */
export function eventJson({ revision, actor, at, facts }: PollEvent, poll: Poll) {
  const { type, ...rest } = withVoter(formatFacts(shownFacts(facts, poll)))
  return {
    revision,
    type,
    actor: isActorHidden(type, poll) ? null : personJson(actor),
    at: at.toISOString(),
    facts: isAboutComment(facts) ? { ...rest, ...originOf(facts) } : rest,
  }
}

/** Nobody learns the name of a chat's room. */
function originOf({ type, from }: AboutComment) {
  return { from: type === 'commented' && from ? { chat: from.chat } : undefined }
}

function withVoter(facts: FactsAsText) {
  return facts.type === 'vote_set_aside' || facts.type === 'vote_restored'
    ? { ...facts, voter: personJson(facts.voter) }
    : facts
}
