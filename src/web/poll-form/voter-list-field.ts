import { createHash } from 'node:crypto'
import { isOneOnEachLine, readVoterList } from '../../polls/inputs/voter-list-text.ts'
import { addressIn, nameBeforeAddress } from '../../polls/rules/voter-list.ts'
import { type Fields, field } from '../../server/pages/forms.ts'
import type { Services } from '../../services.ts'

/** What stands in the field of a voter list, and which list its author has seen as it was understood. */
export type TypedVoterList = { roll: string; checkedRoll: string }

export function typedVoterList(fields: Fields): TypedVoterList {
  return { roll: field(fields, 'roll').replaceAll('\r\n', '\n'), checkedRoll: field(fields, 'checkedRoll') }
}

/**
 * The people who are named. Where nobody can sign in, an address after a name says nothing.
 *
 * @param shown entries that the form showed: they are read as they were
 */
export function votersIn({ config }: Pick<Services, 'config'>, roll: string, shown: readonly string[] = []): string[] {
  const voters = readVoterList(roll)
  if (config.flowdock) return voters
  return voters.map((entry) => (shown.includes(entry) ? entry : (nameBeforeAddress(entry) ?? entry)))
}

/** What is to be checked before the list is taken; undefined where it was, or where it says what was typed, line by line. */
export function voterListToCheck({ roll, checkedRoll }: TypedVoterList, voters: readonly string[]) {
  const tag = createHash('sha256').update(voters.join('\n')).digest('base64url').slice(0, 16)
  if (checkedRoll === tag || isOneOnEachLine(roll, voters)) return undefined
  return { tag, voters: voters.map((entry) => ({ name: nameBeforeAddress(entry), address: addressIn(entry), entry })) }
}
