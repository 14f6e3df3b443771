import { expect } from 'vitest'
import type { Box } from '../box.ts'
import type { Send, Trial } from './endpoint.ts'

const ids = async (send: Send, query: Record<string, string>) =>
  (await send({ query })).json.map(({ id }: { id: number }) => id)

/**
 * Trials of the parameters that filter a list of messages.
 *
 * @param pathOf where the messages are listed, and sent to
 */
export function listing(pathOf: (box: Box) => string) {
  /** Sends three messages. Returns their ids. */
  const fill = async (box: Box): Promise<[number, number, number]> => {
    const maija = box.as('maija')
    for (const content of ['A #sweet cake', 'Another #sweet cake for @Ben', 'A cake of lemon'])
      await maija('POST', pathOf(box), { event: 'message', content })
    const { body } = await maija<{ id: number }[]>('GET', pathOf(box))
    return body.slice(-3).map(({ id }) => id) as [number, number, number]
  }
  /** @param expected which of the three messages are listed */
  const lists =
    (query: (ids: [number, number, number]) => Record<string, string>, expected: (0 | 1 | 2)[]): Trial =>
    async (send, box) => {
      const all = await fill(box)
      expect(await ids(send, query(all))).toEqual(expected.map((index) => all[index]))
    }
  const event: Trial = async (send, box) => {
    const all = await fill(box)
    expect(await ids(send, { event: 'status,message', search: 'cake' })).toEqual(all)
    expect(await ids(send, { event: 'status', search: 'cake' })).toEqual([])
  }
  const limit: Trial = async (send, box) => {
    const [, , last] = await fill(box)
    expect(await ids(send, { limit: '1' })).toEqual([last])
    expect((await send({ query: { limit: '101' } })).status).toBe(400)
  }
  return {
    event,
    limit,
    sort: lists(() => ({ sort: 'asc', limit: '2', search: 'cake' }), [0, 1]),
    skip: lists(() => ({ search: 'cake', skip: '1' }), [0, 1]),
    since_id: lists(([first]) => ({ since_id: String(first) }), [1, 2]),
    until_id: lists(([, , last]) => ({ until_id: String(last), limit: '2' }), [0, 1]),
    tags: lists(() => ({ tags: 'sweet,@ben' }), [1]),
    tag_mode: lists(() => ({ tags: 'sweet,@ben', tag_mode: 'or' }), [0, 1]),
    search: lists(() => ({ search: 'lemon cake' }), [2]),
  }
}
