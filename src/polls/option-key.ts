/**
 * Options with the same key are alike: the title trimmed, in one Unicode form, and case-folded. Lower, upper and lower
 * case in turn is the folding that JavaScript has: it brings ẞ, ß and ss together, and leaves another Unicode form.
 */
export function optionKey(title: string): string {
  const folded = title.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase()
  return folded.normalize('NFKC').trim()
}
