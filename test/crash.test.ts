import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, inject, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { openServices } from '../src/services.ts'
import { type ApiPoll, createGuest, createPoll, eventsOf, type Guest, vote } from './support/api-calls.ts'
import { type ProcessEnvironment, processEnvironment } from './support/database.ts'
import { expectConsistent } from './support/polls.ts'
import { killPolldockInStart, startPolldock } from './support/process.ts'

let environment: ProcessEnvironment

// Removed once the processes have ended, which the tests start later.
beforeEach(async ({ onTestFinished }) => {
  environment = await processEnvironment()
  onTestFinished(() => environment.remove())
})

/** The votes that one person sent, and the ones that were answered, before the server was killed. */
type Ballots = { guest: Guest; sent: string[]; answered: number }

test('after three kill -9 during votes, every answered vote is there and the counts agree', async () => {
  const variables = { ...environment.variables, RATE_LIMIT: 'off', SECRET: 'x'.repeat(32) }
  let polldock = await startPolldock(variables)
  const guests = await Promise.all(
    Array.from({ length: 30 }, (_, index) => createGuest(polldock.url, `Guest ${index}`)),
  )
  const poll = await createPoll(polldock.url, guests[0] as Guest)
  const ballots = guests.map((guest): Ballots => ({ guest, sent: [], answered: 0 }))

  for (const round of [1, 2, 3]) {
    const { url } = polldock
    let untilKilled = 100 + 37 * round
    const answered = () => {
      if (--untilKilled === 0) polldock.send('SIGKILL')
    }
    await Promise.all(ballots.map((ballot) => voteOnAndOn(url, poll, ballot, answered)))
    expect(await polldock.ended).toMatchObject({ signal: 'SIGKILL' })
    polldock = await startPolldock(variables)
    await expectAnsweredVotes(polldock.url, poll, ballots)
  }

  polldock.send('SIGTERM')
  await polldock.ended
  const { services, close } = await openServices(readConfig(variables))
  await expectConsistent(services.database, poll.id)
  await close()
})

test.runIf(inject('database').kind === 'embedded').each([
  ['half made', 'pgdata.new/PG_VERSION'],
  ['made and not migrated', 'pgdata'],
])('after kill -9 during the first start, with the database %s, the next start works', async (_state, trace) => {
  const { variables, remove } = await processEnvironment({ migrated: false })
  await killPolldockInStart(variables, () => existsSync(join(variables.DATA_DIR as string, trace)))
  const polldock = await startPolldock(variables)
  expect(await createGuest(polldock.url, 'Ann')).toEqual({ id: expect.any(String), token: expect.any(String) })
  polldock.send('SIGTERM')
  await polldock.ended
  await remove()
})

/** Votes for another option each time, until the server is gone. */
async function voteOnAndOn(url: string, poll: ApiPoll, ballot: Ballots, answered: () => void): Promise<void> {
  for (;;) {
    const choice = poll.options[ballot.sent.length % 3]?.id ?? ''
    ballot.sent.push(choice)
    if (!(await vote(url, poll, ballot.guest, choice))) return
    ballot.answered = ballot.sent.length
    answered()
  }
}

/** The log has each person's votes in order; only the last one, if unanswered, may be missing. */
async function expectAnsweredVotes(url: string, poll: ApiPoll, ballots: Ballots[]): Promise<void> {
  const log = await eventsOf(url, poll)
  for (const ballot of ballots) {
    const kept = log
      .filter(({ actor }) => actor.id === ballot.guest.id)
      .flatMap(({ facts }) => facts.choices ?? facts.to ?? [])
    expect(kept).toEqual(ballot.sent.slice(0, kept.length))
    expect(kept.length).toBeGreaterThanOrEqual(ballot.answered)
    // The next round starts with the stored votes.
    ballot.sent = kept
    ballot.answered = kept.length
  }
}
