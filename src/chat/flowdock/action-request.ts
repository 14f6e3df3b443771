import { z } from 'zod'
import type { PersonName } from '../../people/model/person-name.ts'
import type { Command } from '../../polls/model/commands.ts'

/** The state of a poll that an action asks for. It is idempotent: the second request changes nothing more. */
const goal = z.discriminatedUnion('kind', [
  /** This option is on the person's ballot: alone in a single choice, else with others. */
  z.object({ kind: z.literal('ballot'), optionId: z.string() }),
  z.object({ kind: z.literal('off-ballot'), optionId: z.string() }),
  z.object({ kind: z.literal('no-ballot') }),
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('open') }),
])

/** A click on a thread action. `offeredAtRevision` is the poll's revision when the button was posted. */
export const actionRequest = z.object({ pollId: z.string(), goal, offeredAtRevision: z.int() })

export type ActionGoal = z.output<typeof goal>
export type ActionRequest = z.output<typeof actionRequest>

/** The path of all actions. */
export const actionsPath = '/flowdock/actions'

/** The path of the action's URL. */
export function actionPath({ pollId, goal, offeredAtRevision }: ActionRequest): string {
  return `${actionsPath}${goalPath(pollId, goal)}?revision=${offeredAtRevision}`
}

/** The path below `actionsPath`. With parameter names such as `:id` instead of ids, it is the pattern of the route. */
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
