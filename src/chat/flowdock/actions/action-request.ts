import { z } from 'zod'
import type { PersonName } from '../../../people/person-name.ts'
import type { Command } from '../../../polls/model/commands.ts'

/** What is to be true of a poll, so that to ask for it twice changes nothing more. */
const aim = z.discriminatedUnion('kind', [
  /** That this option is on their ballot: the only one where they have a single choice, else with the others. */
  z.object({ kind: z.literal('ballot'), optionId: z.string() }),
  z.object({ kind: z.literal('off-ballot'), optionId: z.string() }),
  z.object({ kind: z.literal('no-ballot') }),
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('open') }),
])

/** What somebody wants who picks an action. `drawnAt` is the poll's revision at which they were offered it. */
export const wish = z.object({ pollId: z.string(), aim, drawnAt: z.int() })

export type Aim = z.output<typeof aim>
export type Wish = z.output<typeof wish>

/** Below this is what actions lead to. */
export const actionsPath = '/flowdock/actions'

/** Where the action of this wish leads. */
export function pathOf({ pollId, aim, drawnAt }: Wish): string {
  return `${actionsPath}${placeOf(pollId, aim)}?revision=${drawnAt}`
}

/** The path below `actionsPath`; with the names of its parameters for the ids, that of the route. */
export function placeOf(pollId: string, aim: Aim): string {
  return `/polls/${pollId}/${aim.kind}${'optionId' in aim ? `/${aim.optionId}` : ''}`
}

export function commandOf({ aim, drawnAt }: Wish, by: PersonName): Command {
  switch (aim.kind) {
    case 'ballot':
    case 'off-ballot':
      return {
        by,
        type: 'chooseOption',
        optionId: aim.optionId,
        isChosen: aim.kind === 'ballot',
        isSignedIn: true,
        ...(drawnAt > 0 && { shownRevision: drawnAt }),
      }
    case 'no-ballot':
      return { by, type: 'withdrawVote' }
    case 'closed':
      return { by, type: 'close' }
    case 'open':
      return { by, type: 'reopen' }
  }
}
