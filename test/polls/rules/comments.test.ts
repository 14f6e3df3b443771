import { expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { OneBatch, refused } from '../../support/one-batch.ts'
import { ann, bob, cem } from '../../support/poll-log.ts'

const say = (by: Command['by'], body: string): Command => ({ by, type: 'comment', body })
const edit = (by: Command['by'], comment: number, body: string): Command => ({ by, type: 'editComment', comment, body })
const remove = (by: Command['by'], comment: number): Command => ({ by, type: 'deleteComment', comment })

/** Ann's poll, with a comment by Bob: event 2. */
function commented(): OneBatch {
  const batch = new OneBatch()
  batch.state.comments = new Map()
  batch.do(say(bob, 'Pizza, please'))
  return batch
}

test('the author edits a comment, and nobody else', () => {
  const batch = commented()
  expect(batch.submit(edit(ann, 2, 'Sushi, please'))).toEqual(refused('forbidden'))
  expect(batch.do(edit(bob, 2, 'Sushi, please'))).toEqual([
    { type: 'comment_edited', comment: 2, body: 'Sushi, please' },
  ])
  expect(batch.do(edit(bob, 2, 'Sushi, please'))).toEqual([])
})

test('the author and the creator delete a comment, and nobody else', () => {
  for (const by of [ann, bob]) {
    const batch = commented()
    expect(batch.submit(remove(cem, 2))).toEqual(refused('forbidden'))
    expect(batch.do(remove(by, 2))).toEqual([{ type: 'comment_deleted', comment: 2 }])
    expect(batch.poll.totalComments).toBe(0)
    expect(batch.submit(remove(by, 2))).toEqual(refused('not_found'))
    expect(batch.submit(edit(bob, 2, 'Sushi'))).toEqual(refused('not_found'))
  }
})
