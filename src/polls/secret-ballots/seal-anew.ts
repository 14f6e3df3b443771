import type { PrismaClient } from '../../database/generated/client.ts'
import type { BallotSeal } from './seal.ts'

const pageSize = 500

/**
 * While SECRET is replaced: seals ballots anew that the other one sealed. What has changed meanwhile is left alone, as
 * it was sealed under the first one then.
 *
 * @returns how many
 */
export async function sealBallotsAnew(prisma: PrismaClient, seal: BallotSeal): Promise<number> {
  let count = 0
  for (let after = { pollId: '', lookup: '' }; ; ) {
    const page = await prisma.secretBallot.findMany({
      where: { OR: [{ pollId: { gt: after.pollId } }, { pollId: after.pollId, lookup: { gt: after.lookup } }] },
      orderBy: [{ pollId: 'asc' }, { lookup: 'asc' }],
      take: pageSize,
    })
    for (const { pollId, lookup, sealed } of page) {
      const anew = seal.sealAnew(pollId, sealed)
      if (!anew) continue
      const where = { pollId, lookup, sealed }
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
