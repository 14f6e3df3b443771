import type { PrismaClient } from '../../database/generated/client.ts'
import type { BallotEncryption } from './encryption.ts'

const pageSize = 500

type Row = { pollId: string; lookup: string; sealed: Uint8Array }

/**
 * While SECRET is replaced: seals ballots anew that the other one sealed. What has changed meanwhile is left alone, as
 * it was sealed under the first one then.
 *
 * @returns how many
 */
export async function reencryptBallots(prisma: PrismaClient, seal: BallotEncryption): Promise<number> {
  let count = 0
  for (let after = { pollId: '', lookup: '' }; ; ) {
    const page = await prisma.$queryRaw<Row[]>`
      SELECT poll_id AS "pollId", lookup, sealed FROM secret_ballots
      WHERE (poll_id, lookup) > (${after.pollId}, ${after.lookup}) ORDER BY poll_id, lookup LIMIT ${pageSize}`
    for (const { pollId, lookup, sealed } of page) {
      const anew = seal.sealAnew(pollId, sealed)
      if (!anew) continue
      const where = { pollId, lookup, sealed: Uint8Array.from(sealed) }
      const { count: changed } = await prisma.secretBallot.updateMany({
        where,
        data: { sealed: Uint8Array.from(anew) },
      })
      count += changed
    }
    const last = page.at(-1)
    if (!last || page.length < pageSize) return count
    after = last
  }
}
