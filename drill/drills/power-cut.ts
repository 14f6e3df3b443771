import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statfsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deserialize } from 'node:v8'
import { type Drill, type Finding, shown } from '../drill.ts'
import type { Cut, CutResult } from '../power-cut/check.ts'
import { fates } from '../power-cut/disk.ts'
import type { Recording } from '../power-cut/record.ts'
import type { DrillSite } from '../site.ts'

const checkers = 2

export const powerCut: Drill = {
  name: 'power-cut',
  title: 'The power is cut with the embedded database',
  run: async (site) => {
    const cuts = site.isShort ? 24 : 2_000
    const folder = await mkdtemp(join(roomyFolder(), 'polldock-power-cut-'))
    site.defer(() => rm(folder, { recursive: true, force: true }))
    const { path, recording } = await record(site, folder, 'all')
    const findings = [keptFinding(await check(site, folder, path, cutsOf(recording, cuts)))]
    if (!site.isShort) {
      const unsynced = await record(site, folder, 'none')
      findings.push(lossFinding(await check(site, folder, unsynced.path, cutsOf(unsynced.recording, 120))))
    }
    const { operations, answered, phases } = recording
    const syncs = operations.filter(({ type }) => type === 'sync').length
    const names = [...new Set(phases.map(({ name }) => name))]
    return {
      done: `at ${shown(cuts)} of ${shown(operations.length)} operations of the disk, ${shown(syncs)} of them syncs, with ${shown(answered.length)} answered changes, in ${names.join(', ')}; what was not synced is there, missing, in another order or torn`,
      findings,
    }
  },
}

function keptFinding(results: CutResult[]): Finding {
  const broken = results.filter(({ faults }) => faults.length > 0)
  const [first] = broken
  return {
    promise:
      'the database opens; every answered change is there; counts agree with ballots and log, indexes with tables',
    found: first
      ? `after ${shown(broken.length)} of ${shown(results.length)} cuts not, such as after ${first.after} operations (${first.fate}): ${first.faults[0]?.slice(0, 300)}`
      : `after each of ${shown(results.length)} cuts`,
    kept: !first,
  }
}

/** Shows that this drill can fail. */
function lossFinding(results: CutResult[]): Finding {
  const lossy = results.filter(({ fate, faults }) => fate !== 'kept' && faults.length > 0).length
  return {
    promise: 'with the default settings of PGlite, which syncs nothing, cuts lose or damage data',
    found: `after ${shown(lossy)} of ${shown(results.length)} cuts`,
    kept: lossy > results.length / 4,
  }
}

type Recorded = { path: string; recording: Recording }

async function record(site: DrillSite, folder: string, syncs: 'all' | 'none'): Promise<Recorded> {
  const [dataDir, path] = [await mkdtemp(join(folder, 'data-')), join(folder, `${syncs}.recording`)]
  const child = start(site, 'record.ts', [dataDir, path, site.isShort ? 'short' : 'long', syncs])
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The recording ended with ${code}.`)
  await rm(dataDir, { recursive: true })
  return { path, recording: deserialize(await readFile(path)) }
}

/** As many in each phase, spread over it, of each kind; fewer in the first start, which a cut often makes begin again. */
function cutsOf({ phases, operations }: Recording, count: number): Cut[] {
  const moments = Map.groupBy(
    operations.map((_, index) => index),
    (index) => phases.findLast(({ from }) => from <= index)?.name ?? '',
  )
  const inFirst = Math.floor(count / moments.size / 4)
  const inOthers = Math.ceil((count - inFirst) / (moments.size - 1))
  const cuts = [...moments.values()].flatMap((inPhase, phase) => {
    const share = phase === 0 ? inFirst : inOthers
    return Array.from({ length: share }, (_, index): Cut => {
      const after = inPhase[Math.floor((index * inPhase.length) / share)] ?? 0
      return { after, fate: fates[index % fates.length] ?? 'kept', seed: index }
    })
  })
  return cuts.slice(0, count).sort((one, other) => one.after - other.after)
}

async function check(site: DrillSite, folder: string, recording: string, cuts: Cut[]): Promise<CutResult[]> {
  const results: CutResult[] = []
  const waiting = [...cuts]
  const work = async () => {
    const child = start(site, 'check.ts', [recording, folder])
    for (let cut = waiting.shift(); cut; cut = waiting.shift()) results.push(await resultOf(child, cut))
    child.disconnect()
  }
  await Promise.all(Array.from({ length: checkers }, work))
  return results
}

function resultOf(child: ChildProcess, cut: Cut): Promise<CutResult> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`The check ended with ${code}.`))
    child.once('exit', onExit)
    child.once('message', (result: CutResult) => {
      child.off('exit', onExit)
      resolve(result)
    })
    child.send(cut)
  })
}

function start(site: DrillSite, file: string, args: string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(`../power-cut/${file}`, import.meta.url)), args)
  site.defer(() => void child.kill('SIGKILL'))
  return child
}

/** A file system in memory, if there is one with enough space: each cut writes a whole database. */
function roomyFolder(): string {
  const inMemory = '/dev/shm'
  if (!existsSync(inMemory)) return tmpdir()
  const { bavail, bsize } = statfsSync(inMemory)
  return bavail * bsize > 2 ** 30 ? inMemory : tmpdir()
}
