import type { Poll } from './types.ts'

/** Whether all places of the option are taken. */
export function isFull({ capacity, options }: Poll, optionId: string): boolean {
  const option = options.find(({ id }) => id === optionId)
  return capacity !== null && option !== undefined && option.votes >= capacity
}
