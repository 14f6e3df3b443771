import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { changeTogether, loadTogether } from '../../src/database/load-together.ts'

test('a key that cannot be read fails alone', async () => {
  const asked: (readonly number[])[] = []
  const loader = loadTogether<number, string>(async (keys) => {
    asked.push(keys)
    if (keys.includes(2)) throw new Error('2 cannot be read')
    return keys.map((key) => `row ${key}`)
  })
  const loaded = await Promise.allSettled([1, 2, 3].map((key) => loader.load(key)))
  expect(loaded).toMatchObject([{ value: 'row 1' }, { reason: { message: '2 cannot be read' } }, { value: 'row 3' }])
  expect(asked).toEqual([[1, 2, 3], [1], [2], [3]])
})

test('while the database does not answer, it is asked once for all keys', async () => {
  let times = 0
  const loader = loadTogether<number, string>(async () => {
    times += 1
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  })
  const loaded = await Promise.allSettled([1, 2].map((key) => loader.load(key)))
  expect(loaded.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(times).toBe(1)
})

test('changes that come during a change, or shortly after it, are made together', async () => {
  const made: (readonly number[])[] = []
  let isChanging = false
  const changes = changeTogether<number, number>(async (keys) => {
    expect(isChanging).toBe(false)
    isChanging = true
    made.push(keys)
    await sleep(5)
    isChanging = false
    if (keys.includes(1)) throw new Error('lost')
    return keys
  }, 100)
  const first = changes.load(1)
  while (made.length === 0) await new Promise(setImmediate)
  const second = changes.load(2)
  await expect(first).rejects.toThrow('lost')
  await sleep(10)
  expect(await Promise.all([second, changes.load(3)])).toEqual([2, 3])
  expect(made).toEqual([[1], [2, 3]])
})
