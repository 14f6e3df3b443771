/** Between commas and line breaks, except those in quotation marks. */
const entries = /(?:"[^"\r\n]*"|[^,\r\n"])+/g

/**
 * The email addresses in a list with commas or line breaks. Each stands alone, or after a name: `"Joe Smith" <joe@example.com>`.
 * What is no address is returned as it is. Duplicates are left out.
 */
export function readAddressList(list: string): string[] {
  const found = [...list.matchAll(entries)].map(([entry]) => addressIn(entry.trim()))
  return [...new Set(found.filter((address) => address !== ''))]
}

function addressIn(entry: string): string {
  const start = entry.lastIndexOf('<')
  return start >= 0 && entry.endsWith('>') ? entry.slice(start + 1, -1).trim() : entry
}
