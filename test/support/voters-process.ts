import { once } from 'node:events'
import { openPostgres } from '../../src/database/open.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import { castVote } from './cast-vote.ts'
import type { VotersReport, VotersTask } from './voters.ts'

const [{ url, poll, voters }] = (await once(process, 'message')) as [VotersTask]
const database = await openPostgres(url)
const box = new BallotBox(database, () => new Date())
process.send?.('ready')

await once(process, 'message')
const votes = voters.map((by, index) => box.submit({ pollId: poll.id, command: castVote(poll, by, index % 3) }))
const outcomes = await Promise.allSettled(votes)
const report: VotersReport = {
  answered: outcomes.filter(({ status }) => status === 'fulfilled').length,
  failed: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : [])),
}
await database.close()
process.send?.(report)
