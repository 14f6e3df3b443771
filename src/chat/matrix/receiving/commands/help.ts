import { inLines, type RichText, words } from '../../posting/rich-text.ts'
import type { MatrixSettings } from '../../settings.ts'

const lines = {
  poll: '!poll "Lunch?" "Pizza" "Soup" creates a poll. Each text has quotation marks, or its own line.',
  vote: '!vote 2 votes for the second option, in the thread of a poll. !vote 1 3 votes for several. In a ranking, !vote 2 1 3 names the best first.',
  close: '!close closes your own poll, in its thread.',
  connect: '!connect connects this room, so it gets polls: you get a link in a direct room.',
}

/** The commands of a room. */
export function help({ createPolls }: MatrixSettings): RichText {
  const { poll, ...others } = lines
  return inLines([...(createPolls ? [poll] : []), ...Object.values(others)].map(words))
}

/** How to write a command that was incomplete. */
export function usage(word: string): RichText {
  const line = Object.hasOwn(lines, word) ? lines[word as keyof typeof lines] : 'Write !help.'
  return words(`Polldock did not understand this. ${line}`)
}
