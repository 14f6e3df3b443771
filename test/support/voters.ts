import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Poll } from '../../src/polls/model/poll.ts'

export type VotersTask = { url: string; poll: Pick<Poll, 'id' | 'options'>; voters: PersonName[] }
export type VotersReport = { answered: number; failed: string[] }

/** A process of its own on the PostgreSQL at `url`, ready to cast all these people's votes at once. */
export async function startVoters(task: VotersTask): Promise<{ vote(): Promise<VotersReport> }> {
  const child = fork(fileURLToPath(new URL('voters-process.ts', import.meta.url)))
  child.send(task)
  await once(child, 'message')
  return {
    vote: async () => {
      child.send('vote')
      const [report] = (await once(child, 'message')) as [VotersReport]
      child.kill()
      return report
    },
  }
}
