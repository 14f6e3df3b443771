import { addressParser } from 'postal-mime'
import { limits } from '../model/limits.ts'
import { addressIn, nameBeforeAddress } from '../rules/voter-list.ts'

/** Longer than the longest valid list. The rest of a longer text is not read. */
const maxLength = 128 * 1_024
/** Parsing time grows fast with the length of an address. Longer addresses are not parsed, and are refused later. */
const maxMailboxLength = 2 * limits.rollEntry.max

/**
 * The people in a text that somebody typed or pasted: names and e-mail addresses, on a line each or with commas,
 * semicolons or tabs between them, in the forms that mail programs write (RFC 5322). Each is a name, an address, or both
 * as in `Ann Lee <ann@example.org>`. What stands in quotation marks is one name; in a line that is in quotation marks as
 * a whole, two of them are one (`"Ann ""the boss"" Lee"`), as in CSV. Of a list that is too long, only as many are read as
 * it takes to notice.
 */
export function readVoterList(text: string): string[] {
  const people: string[] = []
  for (const line of text.slice(0, maxLength).split(/[\p{Zl}\p{Zp}\r\n\t]+/u)) {
    for (const part of partsOf(line.replace(bullet, ''))) {
      if (people.length > limits.roll.max) return people
      people.push(...(part.includes('@') && !quoted.test(part) ? mailboxes(part) : unquoted(part)))
    }
  }
  return people
}

/** Writes a list as a text with one person on each line. `readVoterList` reads the same list back. */
export function writeVoterList(entries: readonly string[]): string {
  return entries.map(written).join('\n')
}

/** Quoted where the unquoted text would be read as something else. */
function written(entry: string): string {
  const name = nameBeforeAddress(entry)
  const forms = name === undefined ? [entry] : [entry, `"${name}" <${addressIn(entry)}>`]
  const asItReads = forms.find((form) => {
    const [first, ...others] = readVoterList(form)
    return first === entry && others.length === 0
  })
  return asItReads ?? `"${entry.replaceAll('"', '""')}"`
}

/** Whether each line holds exactly one entry, as typed or as `written`. */
export function isOneOnEachLine(text: string, entries: readonly string[]): boolean {
  const lines = text.split('\n').map((line) => line.trim())
  const filled = lines.filter((line) => line !== '')
  return (
    filled.length === entries.length &&
    entries.every((entry, index) => filled[index] === entry || filled[index] === written(entry))
  )
}

/** A bullet or number at the beginning of a line. */
const bullet = /^\s*(?:[-*•–]|\d{1,3}[.)])\s+/
/** Commas and semicolons, also those of Chinese, Japanese and Arabic. */
const betweenSeparators = /(?:"[^"]*"|[^,;，；、،؛])+/g
const betweenSemicolons = /(?:"[^"]*"|[^;])+/g
/** A fully quoted text. Two quotation marks inside stand for one. */
const quoted = /^\s*"([^"]*(?:""[^"]*)*)"\s*$/

function partsOf(line: string): string[] {
  if (quoted.test(line)) return [line]
  const tidy = line
    .replace(/mailto:/gi, '')
    .replace(/(@[^\s,;<>?@]*)\?[^\s,;<>]*/g, '$1')
    .replace(/>\s*(?=[^\s,;>])/g, '>,')
  return (tidy.match(betweenSemicolons) ?? []).flatMap((part) => {
    if (tidy.includes(';') && part.length <= maxMailboxLength && lastNameFirst.test(part))
      return part.replace(lastNameFirst, '"$1" <$2>')
    return part.match(betweenSeparators) ?? []
  })
}

/** As in `Lee, Ann <ann@example.org>`, between semicolons: there a comma is part of the name. */
const lastNameFirst = /^\s*([^<>"@]*[^<>"@\s])\s*<([^<>\s]+@[^<>\s]+)>\s*$/

function unquoted(part: string): string[] {
  const name = (quoted.exec(part)?.[1]?.replaceAll('""', '"') ?? part).trim()
  return name === '' ? [] : [name]
}

function mailboxes(part: string): string[] {
  const words = part.trim().split(/\s+/)
  if (words.every((word) => word.includes('@') && !word.includes('<'))) return words
  if (part.length > maxMailboxLength) return [part]
  const parsed = addressParser(part, { flatten: true })
  return parsed.flatMap(({ name, address }) => (address ? entryOf(name, address) : name || []))
}

function entryOf(name: string, address: string): string {
  const shown = name.trim()
  return shown === '' || shown === address ? address : `${shown} <${address}>`
}
