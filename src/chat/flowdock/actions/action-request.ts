import { z } from 'zod'
import type { PersonName } from '../../../people/model/person-name.ts'
import type { Command } from '../../../polls/model/commands.ts'

/** What is to be true of a poll, so that to ask for it twice changes nothing more. */
const goal = z.discriminatedUnion('kind', [
  /** That this option is on their ballot: the only one where they have a single choice, else with the others. */
  z.object({ kind: z.literal('ballot'), optionId: z.string() }),
  z.object({ kind: z.literal('off-ballot'), optionId: z.string() }),
  z.object({ kind: z.literal('no-ballot') }),
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('open') }),
])

/** What somebody wants who picks an action. `offeredAtRevision` is the poll's revision at which they were offered it. */
export const actionRequest = z.object({ pollId: z.string(), goal, offeredAtRevision: z.int() })

export type ActionGoal = z.output<typeof goal>
export type ActionRequest = z.output<typeof actionRequest>

/** Below this is what actions lead to. */
export const actionsPath = '/flowdock/actions'

/** Where the action of this actionRequest leads. */
export function actionPath({ pollId, goal, offeredAtRevision }: ActionRequest): string {
  return `${actionsPath}${goalPath(pollId, goal)}?revision=${offeredAtRevision}`
}

/** The path below `actionsPath`; with the names of its parameters for the ids, that of the route. */
export function goalPath(pollId: string, goal: ActionGoal): string {
  return `/polls/${pollId}/${goal.kind}${'optionId' in goal ? `/${goal.optionId}` : ''}`
}

export function commandOf({ goal, offeredAtRevision }: ActionRequest, by: PersonName): Command {
  switch (goal.kind) {
    case 'ballot':
    case 'off-ballot':
      return {
        by,
        type: 'chooseOption',
        optionId: goal.optionId,
        isChosen: goal.kind === 'ballot',
        isSignedIn: true,
        ...(offeredAtRevision > 0 && { shownRevision: offeredAtRevision }),
      }
    case 'no-ballot':
      return { by, type: 'withdrawVote' }
    case 'closed':
      return { by, type: 'close' }
    case 'open':
      return { by, type: 'reopen' }
  }
}
