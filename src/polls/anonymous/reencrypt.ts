import type { PrismaClient } from '../../database/generated/client.ts'
import type { BallotEncryption } from './encryption.ts'

const pageSize = 500

type EncryptedBallotRow = { pollId: string; lookup: string; sealed: Uint8Array }

/**
 * Encrypts ballots under the current SECRET that were encrypted under a former one. A ballot that changes meanwhile is
 * skipped: the vote encrypted it under the current one.
 *
 * @returns how many were changed
 */
export async function reencryptBallots(prisma: PrismaClient, encryption: BallotEncryption): Promise<number> {
  let count = 0
  for (let after = { pollId: '', lookup: '' }; ; ) {
    const page = await prisma.$queryRaw<EncryptedBallotRow[]>`
      SELECT poll_id AS "pollId", lookup, sealed FROM secret_ballots
      WHERE (poll_id, lookup) > (${after.pollId}, ${after.lookup}) ORDER BY poll_id, lookup LIMIT ${pageSize}`
    for (const { pollId, lookup, sealed } of page) {
      const reencrypted = encryption.reencrypt(pollId, sealed)
      if (!reencrypted) continue
      const where = { pollId, lookup, sealed: Uint8Array.from(sealed) }
      const { count: changed } = await prisma.secretBallot.updateMany({
        where,
        data: { sealed: Uint8Array.from(reencrypted) },
      })
      count += changed
    }
    const last = page.at(-1)
    if (!last || page.length < pageSize) return count
    after = last
  }
}
