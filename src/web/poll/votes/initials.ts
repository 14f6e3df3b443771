const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Of the first and the last word of a name, in any script. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s\p{P}\p{Sm}]+/u).filter((word) => word !== '')
  const [first = '', last = ''] = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? name]
  return [first, last].map(firstCharacter).join('').toUpperCase()
}

function firstCharacter(word: string): string {
  for (const { segment } of characters.segment(word)) return segment
  return ''
}
