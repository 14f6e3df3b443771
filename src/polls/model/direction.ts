/** These characters change the direction of all text behind them. */
const controls = /[\u202A-\u202E\u2066-\u2069]/g
const rightToLeft = /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u

/** What people typed, without characters that change the direction of writing: for data, where nothing may be added. */
export function withoutDirectionControls(text: string): string {
  return text.replace(controls, '')
}

/**
 * What people typed, for a sentence in plain text, as in the title of a window or an error. Characters that change the
 * direction of writing are left out. What is written from right to left is set apart (U+2068, U+2069), or it would take the
 * numbers and signs behind it along. In HTML, `<bdi>` does that.
 *
 * @see https://www.unicode.org/reports/tr9/
 */
export function isolated(text: string): string {
  const safe = withoutDirectionControls(text)
  return rightToLeft.test(safe) ? `\u2068${safe}\u2069` : safe
}
