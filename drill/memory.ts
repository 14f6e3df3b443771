import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from './drill.ts'
import type { Polldock } from './polldock.ts'
import type { Memory } from './preload/probe.ts'

const mebibyte = 2 ** 20
/** The growth of caches up to their limits in normal use: rendered fragments, cached polls, statements. */
const heapTolerance = 32 * mebibyte
/**
 * V8 collects garbage late, and returns pages at any time: ordinary visitors alone take the process from 220 to 500 MB,
 * where it stays. `heap` matters, and no drill's size may add to it.
 */
const rssTolerance = 320 * mebibyte
/** Connections that the drill itself keeps open for reuse. */
const socketTolerance = 250
const settlingMs = 10_000

/** Memory of the process after garbage collection, once it no longer shrinks. */
export async function settledMemory({ probe }: Polldock): Promise<Memory> {
  let memory = await probe.memory()
  for (let tries = 0; tries < 5; tries++) {
    await sleep(200)
    const next = await probe.memory()
    if (next.heap > memory.heap - mebibyte / 2 && next.rss > memory.rss - mebibyte) return next
    memory = next
  }
  return memory
}

/** Whether memory returns to its earlier size within ten seconds. */
export async function memoryIsBack(polldock: Polldock, before: Memory): Promise<Finding> {
  const deadline = performance.now() + settlingMs
  let after = await settledMemory(polldock)
  while (!isBack(before, after) && performance.now() < deadline) after = await settledMemory(polldock)
  const { peakRss } = after
  return {
    promise: `memory is back within ${shownMb(heapTolerance)} of heap and ${shownMb(rssTolerance)} in all; its connections are gone`,
    found: `heap ${shownMb(before.heap)} before, ${shownMb(after.heap)} after; in all ${shownMb(before.rss)}, ${shownMb(after.rss)}, at most ${shownMb(peakRss)}; ${before.sockets} connections, ${after.sockets}`,
    kept: isBack(before, after),
  }
}

function isBack(before: Memory, after: Memory): boolean {
  return (
    after.heap - before.heap < heapTolerance &&
    after.rss - before.rss < rssTolerance &&
    after.sockets - before.sockets < socketTolerance
  )
}

export function shownMb(bytes: number): string {
  return `${Math.round(bytes / mebibyte)} MB`
}
