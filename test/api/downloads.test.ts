import { readSheet } from 'read-excel-file/node'
import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { type Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app)

/** The rows of a workbook, as another library reads them. */
async function sheet(client: Client, path: string) {
  const { statusCode, headers, rawPayload } = await client.get(path)
  expect([statusCode, headers['content-type']]).toEqual([
    200,
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ])
  return readSheet(rawPayload)
}

const now = '2026-03-14 05:26:53'

test('the ballots say who voted for what and when, in the zone of the poll', async () => {
  const closesAt = '2026-12-24T17:00:00Z'
  const poll = await ada.newPoll({ title: 'Was essen wir?', closesAt, timeZone: 'America/New_York' })
  await ada.vote(poll, 1)
  const { body, headers } = await ada.get(`/polls/${poll.id}/ballots.csv`)
  expect(body).toBe(`\ufeffvoter,voted_at (America/New_York),Noodles,Soup\r\nAda,${now},,1\r\n`)
  expect(headers['content-disposition']).toBe(
    `attachment; filename="was-essen-wir-${poll.id}-ballots.csv"; filename*=UTF-8''Was%20essen%20wir-ballots.csv`,
  )
  const [head, line] = await sheet(ada, `/polls/${poll.id}/ballots.xlsx`)
  expect(head).toEqual(['voter', 'voted_at (America/New_York)', 'Noodles', 'Soup'])
  // A workbook holds days as a fraction.
  const [voter, at, ...choices] = line ?? []
  expect([voter, Math.round(Number(at) / 1000), ...choices]).toEqual(['Ada', Date.parse(`${now}Z`) / 1000, null, 1])
})

test.each([
  [{ timeZone: 'Asia/Calcutta', method: 'score' }, 'Asia/Calcutta', '2026-03-14 14:56:53'],
  [{ timeZone: '+05:30' }, '+05:30', '2026-03-14 14:56:53'],
  [{}, 'UTC', '2026-03-14 09:26:53'],
])('a poll of any kind can have a zone; without one, times are in UTC: %j', async (rules, zone, at) => {
  const poll = await ada.newPoll(rules)
  const [option] = poll.options
  await ada.send('PUT', `/polls/${poll.id}/ballot`, { choices: [`${option?.id}${'method' in rules ? '=4' : ''}`] })
  const { body } = await ada.get(`/polls/${poll.id}/ballots.csv`)
  expect(body).toContain(`voter,voted_at (${zone}),`)
  expect(body).toContain(`Ada,${at},`)
})

test('the results are a workbook with numbers', async () => {
  const poll = await ada.newPoll({ options: ['Noodles', '=1+1'] })
  await ada.vote(poll, 1)
  expect(await sheet(ada, `/polls/${poll.id}/results.xlsx`)).toEqual([
    ['option', 'votes', 'percent'],
    ['Noodles', 0, 0],
    ['=1+1', 1, 100],
  ])
})

/** Cells as a spreadsheet sees them that separates by semicolons, and knows quotation marks only around whole cells. */
function cellsBySemicolon(csv: string): string[] {
  return csv
    .replace(/^\ufeff/, '')
    .split(/\r\n|[\r\n]/)
    .flatMap((line) => line.split(';'))
    .map((cell) => cell.replace(/^[\s"]+/, ''))
}

test.each(['=1+1', 'a;=1+1', 'a; +1', 'a;"=1"', '";@x', 'a;\t=1', '-2;-3', 'x;;＝1', '"=1;=2"'])(
  'no cell is a formula, also between semicolons: %s',
  async (text) => {
    const voter = await newGuest(testApp.app, text)
    const poll = await voter.newPoll({ options: [text, 'Soup'] })
    await voter.vote(poll, 0)
    for (const file of ['ballots', 'results']) {
      const { body } = await ada.get(`/polls/${poll.id}/${file}.csv`)
      expect(cellsBySemicolon(body).filter((cell) => /^[=+\-@＝＋－＠]/.test(cell))).toEqual([])
    }
    const rows = await sheet(ada, `/polls/${poll.id}/ballots.xlsx`)
    expect(rows[1]?.[0]).toBe(text.replace('\t', ' '))
  },
)

test('the file is named after the question, whatever its characters', async () => {
  const title = '\u202e/../משהו: "50 %" 👩‍👩‍👧 * (ok)?...'
  const { id } = await ada.newPoll({ title })
  const { headers } = await ada.get(`/polls/${id}/results.xlsx`)
  const [, name = ''] = /filename\*=UTF-8''(\S+)$/.exec(String(headers['content-disposition'])) ?? []
  expect(decodeURIComponent(name)).toBe('משהו 50 % 👩‍👩‍👧 (ok).xlsx')
  expect(String(headers['content-disposition'])).toMatch(/^[\x20-\x7e]+$/)
})

test('hidden votes are in no file, and those of an anonymous poll only once they are published', async () => {
  const bob = await newGuest(testApp.app)
  const hidden = await ada.newPoll({ resultsVisible: 'after_voting' })
  await bob.vote(hidden, 0)
  const anonymous = await ada.newPoll({ anonymous: true })
  await bob.vote(anonymous, 0)
  for (const { id } of [hidden, anonymous])
    for (const file of ['ballots.csv', 'ballots.xlsx', 'results.xlsx'])
      expectProblem(await ada.get(`/polls/${id}/${file}`), 'results_hidden')
  expectProblem(await ada.get(`/polls/${hidden.id}/votes`), 'results_hidden')
  expectProblem(await bob.get(`/polls/${anonymous.id}/votes`), 'not_found')
  expect((await bob.get(`/polls/${hidden.id}/ballots.csv`)).body).toContain(',1,')
  for (const client of [ada, await newGuest(testApp.app)]) await client.vote(anonymous, 1)
  await ada.send('PUT', `/polls/${anonymous.id}/closure`)
  const rows = await sheet(bob, `/polls/${anonymous.id}/ballots.xlsx`)
  expect(rows.map((row) => row.length)).toEqual([3, 3, 3, 3])
  expect(rows[0]?.[0]).toBe('receipt_hash')
})

test('votes are listed page by page', async () => {
  const poll = await ada.newPoll()
  const voters = [ada, await newGuest(testApp.app), await newGuest(testApp.app)]
  for (const voter of voters) await voter.vote(poll, 0)
  const first = (await ada.get(`/polls/${poll.id}/votes?limit=2`)).json()
  const rest = (await ada.get(`/polls/${poll.id}/votes?limit=2&from=${first.next}`)).json()
  expect([first.votes.length, rest.votes.length, rest.next]).toEqual([2, 1, null])
  expect(first.votes[0]).toMatchObject({ choices: [poll.options[0]?.id], voter: { isGuest: true } })
  expect(new Set([...first.votes, ...rest.votes].map(({ voter }) => voter.id)).size).toBe(3)
})
