/** Characters that change the direction of all text after them. */
const controls = /[\u202A-\u202E\u2066-\u2069]/g
const rightToLeft = /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u

/** The text without characters that change the direction of writing; for data, to which nothing may be added. */
export function withoutDirectionControls(text: string): string {
  return text.replace(controls, '')
}

/**
 * Text that people typed, for a plain-text sentence such as a window title or an error. Leaves out characters that change
 * the direction of writing. Isolates right-to-left text (U+2068, U+2069), which would otherwise reorder the numbers and
 * punctuation after it. In HTML, `<bdi>` does that.
 *
 * @see https://www.unicode.org/reports/tr9/
 */
export function isolated(text: string): string {
  const safe = withoutDirectionControls(text)
  return rightToLeft.test(safe) ? `\u2068${safe}\u2069` : safe
}

/** Whether the first letter of the text belongs to a script that is written from right to left, as `dir="auto"` decides. */
export function isRightToLeft(text: string): boolean {
  return rightToLeft.test(/\p{L}/u.exec(text)?.[0] ?? '')
}
