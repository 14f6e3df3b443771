import { afterEach, expect, test } from 'vitest'
import { countTask } from '../../src/polls/rankings/count-task.ts'
import { CountThread } from '../../src/polls/rankings/count-thread.ts'
import { RankingBuffer } from '../../src/polls/rankings/ranking-buffer.ts'

const optionIds = Array.from({ length: 8 }, (_, index) => `option-${index}`)
const threads: CountThread[] = []

afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.close())))

function start(...given: ConstructorParameters<typeof CountThread>): CountThread {
  const thread = new CountThread(...given)
  threads.push(thread)
  return thread
}

/** Different rankings, nearly none alike. */
function task(ballots: number, seed = 1) {
  const key = (id: string, ballot: number) => Math.sin(Number(id.at(-1)) * 99 + ballot * 7 + seed * 31)
  const buffer = new RankingBuffer()
  for (let ballot = 0; ballot < ballots; ballot++) {
    const order = optionIds.toSorted((one, other) => key(one, ballot) - key(other, ballot))
    buffer.add(order.slice(0, 1 + (ballot % 8)), 1)
  }
  return { optionIds, parts: [buffer.part(optionIds)] }
}

test('a thread counts as the main thread does', async () => {
  const thread = start()
  const tasks = [task(2_000), task(10, 2)]
  expect(await Promise.all(tasks.map((one) => thread.run(one)))).toEqual(tasks.map((one) => countTask(one)))
})

const unavailable = { name: 'Refusal', code: 'unavailable' }
const script = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

test('a count that takes too long, or whose thread crashes, is refused, and the next one gets a new thread', async () => {
  for (const [code, reason] of [
    ['while (true);', /longer than 2000 ms/],
    ['process.exit(3)', /exited with 3/],
    ['throw new Error("out of luck")', /out of luck/],
  ] as const) {
    const first = `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ optionIds }) => { if (optionIds.length === 0) { ${code} } else parentPort.postMessage('counted') })`
    const thread = start(script(first), { taskMs: 2_000 })
    const failures: string[] = []
    thread.onFailure = ({ message }) => failures.push(message)
    await expect(thread.run({ optionIds: [], parts: [] })).rejects.toMatchObject(unavailable)
    await expect(thread.run(task(1))).resolves.toBe('counted')
    expect(failures).toEqual([expect.stringMatching(reason)])
  }
})

test('too many waiting counts are refused at once, and all that are left when the thread is closed', async () => {
  const thread = start(script('setInterval(() => {}, 1_000)'), { waiting: 2 })
  const waiting = [1, 2, 3].map(() => thread.run(task(1)))
  await expect(thread.run(task(1))).rejects.toMatchObject(unavailable)
  const refused = Promise.allSettled(waiting)
  await thread.close()
  expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await expect(thread.run(task(1))).rejects.toMatchObject(unavailable)
})
