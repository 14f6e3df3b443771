import type { ChatReads } from '../../src/chat/chat.ts'

/** What a chat reads where no database is. */
export const noBallots: ChatReads = {
  ballots: async () => [],
  answered: async () => new Set(),
  handled: async () => new Set(),
  threads: async function* () {},
}
