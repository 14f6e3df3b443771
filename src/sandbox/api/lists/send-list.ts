import type { FastifyReply } from 'fastify'
import { TimeSlices } from './time-slices.ts'

/** Sends a list as JSON. Each item is encoded separately: a hundred large threads take long. */
export async function sendList<Item>(
  reply: FastifyReply,
  items: readonly Item[],
  toJson: (item: Item) => object,
): Promise<FastifyReply> {
  const slices = new TimeSlices()
  const texts: string[] = []
  for (const item of items) {
    await slices.pause()
    texts.push(JSON.stringify(toJson(item)))
  }
  return reply.type('application/json; charset=utf-8').send(`[${texts.join(',')}]`)
}
