import { expect, test } from 'vitest'
import { Turns } from '../../src/web/poll/turns.ts'

/** Computes for longer than a turn of the event loop is given. */
function compute(): void {
  const start = performance.now()
  while (performance.now() - start < 15);
}

test('long work yields to other work, and finishes in order', async () => {
  const turns = new Turns()
  const done: string[] = []
  const other = (left: number) => {
    done.push('other')
    if (left > 1) setImmediate(other, left - 1)
  }
  setImmediate(other, 3)
  const work = ['a', 'b', 'c'].map((name) =>
    turns.take(async () => {
      compute()
      done.push(name)
    }),
  )
  await Promise.all(work)
  expect(done.filter((name) => name !== 'other')).toEqual(['a', 'b', 'c'])
  expect(done.indexOf('other')).toBeLessThan(done.indexOf('b'))
  expect(done.lastIndexOf('other')).toBeGreaterThan(done.indexOf('b'))
})

test('a failing piece of work does not delay the others', async () => {
  const turns = new Turns()
  const failing = turns.take(() => Promise.reject(new Error('No such template.')))
  const fine = turns.take(() => 'fine')
  await expect(failing).rejects.toThrow('No such template.')
  expect(await fine).toBe('fine')
})
