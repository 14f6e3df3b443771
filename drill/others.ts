import { setTimeout as sleep } from 'node:timers/promises'
import { createGuest, createPoll } from '../test/support/api-calls.ts'
import { DrillResponses } from './answers.ts'
import type { Finding } from './drill.ts'
import type { Polldock } from './polldock.ts'

/** Four people at ordinary work: pages, the API, votes. */
const people = 4
/** Generous, since other programs may use the machine; a hang takes longer. */
const maxMs = 3_000

/** Runs other people, who look and vote until `work` is done. */
export async function withOthers<T>(
  { url }: Polldock,
  work: () => Promise<T>,
): Promise<{ result: T; served: Finding }> {
  const ann = await createGuest(url, 'Ann')
  const poll = await createPoll(url, ann)
  const answers = new DrillResponses()
  let isDone = false
  const vote = (index: number) =>
    answers.send(`${url}/api/polls/${poll.id}/ballot`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ choices: [poll.options[index % poll.options.length]?.id] }),
    })
  const live = async () => {
    for (let index = 0; !isDone; index++) {
      await answers.send(url)
      await answers.send(`${url}/api/polls/${poll.id}`)
      await vote(index)
      await sleep(100)
    }
  }
  const living = Promise.all(Array.from({ length: people }, live))
  const result = await work().finally(() => {
    isDone = true
  })
  await living
  return { result, served: finding(answers) }
}

function finding(answers: DrillResponses): Finding {
  const median = answers.quantileMs(0.5).toFixed(0)
  return {
    promise: `others are served meanwhile, 99 of 100 within ${maxMs / 1_000} s, all with a clear answer`,
    found: `${answers}, half of them within ${median} ms`,
    kept:
      answers.areClear &&
      answers.broken === 0 &&
      answers.with(200) >= 0.99 * answers.count &&
      answers.quantileMs(0.99) < maxMs,
  }
}

/** Warms up everything that happens once per process. */
export async function warmUp(polldock: Polldock): Promise<void> {
  await withOthers(polldock, () => sleep(1_500))
}
