/**
 * Two options with the same key are the same: the title trimmed, without invisible characters, normalized and
 * case-folded. Lower, upper and lower case in turn approximates case folding in JavaScript: ẞ, ß and ss become equal.
 * The result has to be normalized again.
 */
export function optionKey(title: string): string {
  const folded = withoutInvisible(title).normalize('NFKC').toLowerCase().toUpperCase().toLowerCase()
  return folded
    .normalize('NFKC')
    .replace(/[\s\u2800]+/g, ' ')
    .trim()
}

/**
 * Invisible characters: zero-width spaces, soft hyphens, variation selectors, direction marks. Two of them change how
 * emoji look and are kept: the joiner combines pictures, and tags select a flag.
 */
const invisible =
  /(\u{1F3F4}[\u{E0020}-\u{E007F}]+|(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)\u200D(?=\p{Extended_Pictographic}))|[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu

function withoutInvisible(text: string): string {
  return text.replace(invisible, (_, visible?: string) => visible ?? '')
}

/** Two categories with the same key are the same. */
export const categoryKey: (category: string) => string = optionKey

/** Whether the category is one of these; false without a category. */
export function isAmong(categories: readonly string[], category: string): boolean {
  return category !== '' && categories.some((one) => categoryKey(one) === categoryKey(category))
}
