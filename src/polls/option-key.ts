/** Options with the same key are alike: the title trimmed, in one Unicode form, and case-folded. */
export function optionKey(title: string): string {
  return title.trim().normalize('NFKC').toUpperCase().toLowerCase()
}
