import { createHash } from 'node:crypto'
import { isOneOnEachLine, readVoterList } from '../../polls/inputs/voter-list-text.ts'
import { addressIn, nameBeforeAddress } from '../../polls/rules/voter-list.ts'
import { type Fields, type FormErrors, field } from '../../server/pages/forms.ts'
import { canSignIn } from '../../server/sign-in-requirements.ts'
import type { ViewContext } from '../../server/views.ts'
import type { Services } from '../../services.ts'

/** The text of a voter list, and the tag of the parsed list that its author confirmed. */
export type TypedVoterList = { roll: string; checkedRoll: string }

export type VoterListCheckPart = { toCheck: ReturnType<typeof voterListToCheck>; submit: string }
export type VoterListFieldPart = ViewContext & {
  typed: Pick<TypedVoterList, 'roll'>
  errors: FormErrors
  label: string
  hint: string
  rows: number
}

export function typedVoterList(fields: Fields): TypedVoterList {
  return { roll: field(fields, 'roll').replaceAll('\r\n', '\n'), checkedRoll: field(fields, 'checkedRoll') }
}

/**
 * The entries of a voter list. Where nobody can sign in, an address after a name is dropped.
 *
 * @param shown entries that the form showed, which are kept unchanged
 */
export function votersIn({ chats }: Pick<Services, 'chats'>, roll: string, shown: readonly string[] = []): string[] {
  const voters = readVoterList(roll)
  if (canSignIn(chats)) return voters
  return voters.map((entry) => (shown.includes(entry) ? entry : (nameBeforeAddress(entry) ?? entry)))
}

/** The parsed list for its author to confirm. Undefined when they have, or when each line holds exactly one entry. */
export function voterListToCheck({ roll, checkedRoll }: TypedVoterList, voters: readonly string[]) {
  const tag = createHash('sha256').update(voters.join('\n')).digest('base64url').slice(0, 16)
  if (checkedRoll === tag || isOneOnEachLine(roll, voters)) return undefined
  return { tag, voters: voters.map((entry) => ({ name: nameBeforeAddress(entry), address: addressIn(entry), entry })) }
}
