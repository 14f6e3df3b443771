import { addressParser } from 'postal-mime'
import { limits } from './limits.ts'

/** More than the longest list can have. What comes after it is not read. */
const maxLength = 100_000
/** Addresses take much longer to parse the longer they are. What is longer than this is refused later. */
const maxMailboxLength = 2 * limits.rollEntry.max

/**
 * The people in a text that somebody typed or pasted: names and e-mail addresses, on a line each or with commas,
 * semicolons or tabs between them, in the forms that mail programs write (RFC 5322). Each is a name, an address, or both
 * as in `Ann Lee <ann@example.org>`. What stands in quotation marks is one name. Of a list that is too long, only as many
 * are read as it takes to notice.
 */
export function readVoterList(text: string): string[] {
  const people: string[] = []
  for (const line of text.slice(0, maxLength).split(/[\p{Zl}\p{Zp}\r\n\t]+/u)) {
    for (const part of partsOf(line.replace(bullet, ''))) {
      if (people.length > limits.roll.max) return people
      people.push(...(part.includes('@') ? mailboxes(part) : unquoted(part)))
    }
  }
  return people
}

/** Whether every line is understood as the one person that it names, as it stands. */
export function isOneOnEachLine(text: string, entries: readonly string[]): boolean {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').join('\n') === entries.join('\n')
}

/** At the beginning of a line in a list. */
const bullet = /^\s*(?:[-*•–]|\d{1,3}[.)])\s+/
/** Commas and semicolons, also those of Chinese, Japanese and Arabic. */
const betweenSeparators = /(?:"[^"]*"|[^,;，；、،؛])+/g

function partsOf(line: string): string[] {
  const tidy = line
    .replace(/mailto:/gi, '')
    .replace(/(@[^\s,;<>?@]*)\?[^\s,;<>]*/g, '$1')
    .replace(/>\s*(?=[^\s,;>])/g, '>,')
  const semicolons = tidy.split(';')
  return semicolons.flatMap((part) => {
    if (semicolons.length > 1 && part.length <= maxMailboxLength && lastNameFirst.test(part))
      return part.replace(lastNameFirst, '"$1" <$2>')
    return part.match(betweenSeparators) ?? []
  })
}

/** As in `Lee, Ann <ann@example.org>`, between semicolons: there a comma is part of the name. */
const lastNameFirst = /^\s*([^<>"@]*[^<>"@\s])\s*<([^<>\s]+@[^<>\s]+)>\s*$/

function unquoted(part: string): string[] {
  const name = part
    .trim()
    .replace(/^"([^"]*)"$/, '$1')
    .trim()
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
