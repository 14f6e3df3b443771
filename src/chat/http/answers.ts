const defaultMaxLength = 300
/** Not 304: it says that nothing has changed. */
const redirects = [301, 302, 303, 307, 308]

/** The status of an answer, and what the server said about it; of a redirect, that it is not followed. */
export function statusAndHint(status: number, said: string): string {
  const hint = redirects.includes(status) ? 'a redirect, which is not followed' : said
  return `${status}${hint && `: ${hint}`}`
}

/** As a sentence for people. */
export function answered(server: string, status: number, said = ''): string {
  return `${server} answered ${statusAndHint(status, said)}.`.replace(/\.\.$/, '.')
}

/** A server's text in one line, shortened, as the database accepts it. @param maxLength in UTF-16 code units */
export function inOneLine(text: string, maxLength = defaultMaxLength): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return (line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line).toWellFormed()
}

/** @returns undefined for a text that is no JSON */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
