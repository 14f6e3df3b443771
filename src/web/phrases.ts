import type { Choices, Poll } from '../polls/types.ts'

/** A piece of a sentence; `title` is something that people typed, shown with emphasis. */
export type Phrase = { text: string } | { title: string }

/** The options' titles. */
export function names(poll: Poll, ids: Choices): Phrase[] {
  const titles = ids.map((id) => poll.options.find((option) => option.id === id)?.title ?? 'an option')
  return inOneSentence(titles.map((title) => [{ title }]))
}

/** As English lists things: "A", "A and B", "A, B and C". */
export function inOneSentence(parts: readonly Phrase[][]): Phrase[] {
  return parts.flatMap((part, index) => {
    if (index === 0) return part
    return [{ text: index === parts.length - 1 ? ' and ' : ', ' }, ...part]
  })
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
