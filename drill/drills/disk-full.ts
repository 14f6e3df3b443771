import { createGuest, createPoll } from '../../test/support/api-calls.ts'
import { DrillResponses } from '../answers.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { Election } from '../election.ts'
import type { Polldock } from '../polldock.ts'
import { mountSmallDisk, type SmallDisk } from '../small-disk.ts'

/** In MiB: less than a new piece of the database's log, more than what votes add to its tables before that. */
const leftForVotes = 6
/** In MiB: comments fill that long before the log needs a new piece. */
const leftForComments = 1
const plenty = 1_000

export const diskFull: Drill = {
  name: 'disk-full',
  title: 'The disk of the embedded database is full',
  run: async (site) => {
    const disk = await mountSmallDisk(site, plenty)
    if (!disk) return { notRun: 'needs the right to mount' }
    const environment = { DATA_DIR: disk.folder, NODE_ENV: 'development' }
    const polldock = await site.startPolldock(environment, disk.wrapper)
    const election = await Election.open(polldock.url, { guests: 100, polls: site.isShort ? 60 : 200 })
    const casting = { urls: [polldock.url], withinMs: 60_000 }

    await disk.resize((await disk.used()) + leftForVotes)
    const votes = await election.cast({ ...casting, until: isFull })
    const pages = await readMeanwhile(polldock, new DrillResponses())
    await disk.resize(plenty)
    await election.cast({ ...casting, until: (answers) => !site.isShort && answers.with(200) > 100 })
    const findings = [refused('votes meanwhile: 503 and Retry-After, no 500, no hang', votes)]

    if (!site.isShort) {
      findings.push(refused('comments meanwhile: the same', await fillWithComments(polldock, disk)))
      await readMeanwhile(polldock, pages)
      await disk.resize(plenty)
      await election.cast(casting)
    }
    findings.push(
      {
        promise: 'pages meanwhile are shown, or say 503',
        found: String(pages),
        kept: pages.areClear && pages.broken === 0,
      },
      {
        promise: 'it recovers automatically when there is space again',
        found: `${shown(election.answered)} of ${shown(election.size)} votes answered in the end`,
        kept: election.answered === election.size,
      },
    )
    if (site.isShort) findings.push(await election.check(polldock.url))
    else {
      await polldock.stop()
      const { url } = await site.startPolldock(environment, disk.wrapper)
      const check = await election.check(url)
      findings.push({ ...check, promise: `after a restart, ${check.promise}` })
    }
    const second = site.isShort ? '' : ', then comments of 5 kB until its tables cannot; at last a restart'
    return {
      done: `in a separate file system: ${shown(votes.count)} votes until the log of the database cannot grow${second}`,
      findings,
    }
  },
}

function isFull(answers: DrillResponses): boolean {
  return answers.with(503) > 100
}

function refused(promise: string, answers: DrillResponses): Finding {
  const isTested = answers.with(503) > 0
  return { promise, found: String(answers), kept: answers.areClear && answers.broken === 0 && isTested }
}

async function fillWithComments({ url }: Polldock, disk: SmallDisk): Promise<DrillResponses> {
  const ann = await createGuest(url, 'Ann')
  const { id } = await createPoll(url, ann)
  await disk.resize((await disk.used()) + leftForComments)
  const answers = new DrillResponses()
  const headers = { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' }
  for (let round = 0; round < 100 && !isFull(answers); round++) {
    const send = () => {
      const body = JSON.stringify({ body: incompressible() })
      return answers.send(`${url}/api/polls/${id}/comments`, { method: 'POST', headers, body })
    }
    await Promise.all(Array.from({ length: 16 }, send))
  }
  return answers
}

function incompressible(): string {
  return Array.from({ length: 450 }, () => Math.random().toString(36).slice(2, 12)).join(' ')
}

async function readMeanwhile({ url }: Polldock, pages: DrillResponses): Promise<DrillResponses> {
  for (const path of ['/', '/api/polls', '/me', '/polls/new']) await pages.send(url + path)
  return pages
}
