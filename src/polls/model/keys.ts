/**
 * Options with the same key are alike: the title trimmed, without what nobody can see, in one Unicode form, and
 * case-folded. Lower, upper and lower case in turn is the folding that JavaScript has: it brings ẞ, ß and ss together,
 * and leaves another Unicode form.
 */
export function optionKey(title: string): string {
  const folded = withoutInvisible(title).normalize('NFKC').toLowerCase().toUpperCase().toLowerCase()
  return folded
    .normalize('NFKC')
    .replace(/[\s\u2800]+/g, ' ')
    .trim()
}

/**
 * What most fonts show nothing for: zero-width spaces, soft hyphens, variation selectors, direction marks. Two of them
 * can be seen after all, in emoji: a joiner makes one picture of several, and tags say whose flag it is.
 */
const invisible =
  /(\u{1F3F4}[\u{E0020}-\u{E007F}]+|(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)\u200D(?=\p{Extended_Pictographic}))|[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu

function withoutInvisible(text: string): string {
  return text.replace(invisible, (_, visible?: string) => visible ?? '')
}

/** Categories with the same key are one, however they are written. They are compared as options are. */
export const categoryKey: (category: string) => string = optionKey

/** Whether the category is one of these; having none is never among them. */
export function isAmong(categories: readonly string[], category: string): boolean {
  return category !== '' && categories.some((one) => categoryKey(one) === categoryKey(category))
}
