import { optionKey } from './option-key.ts'

/** Categories with the same key are one, however they are written. They are compared as options are. */
export const categoryKey: (category: string) => string = optionKey

/** Whether the category is one of these; having none is never among them. */
export function isAmong(categories: readonly string[], category: string): boolean {
  return category !== '' && categories.some((one) => categoryKey(one) === categoryKey(category))
}
