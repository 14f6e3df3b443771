import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { PollJson } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { Client, newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

type Guest = Awaited<ReturnType<typeof newGuest>>

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app)
const bob = await newGuest(testApp.app, 'Bob')
const cem = await newGuest(testApp.app, 'Cem')

const anyone = () => new Client(testApp.app)
const ballotOf = ({ id }: PollJson) => `/polls/${id}/ballot`
const close = ({ id }: PollJson) => ada.send('PUT', `/polls/${id}/closure`)
const receiptFor = async (who: Guest, poll: PollJson, place: number) => {
  const { headers } = await who.vote(poll, place)
  return { receipt: String(headers.receipt) }
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('results of an anonymous poll are visible after closing, with a quorum of at least three', async () => {
  expect(await ada.newPoll({ anonymous: true })).toMatchObject({
    anonymous: true,
    resultsVisible: 'after_closing',
    quorum: 3,
    options: [{ votes: null }, { votes: null }],
  })
  expect(await ada.newPoll({ anonymous: true, quorum: 10, resultsVisible: 'after_closing' })).toMatchObject({
    quorum: 10,
  })
})

test.each([
  [{ resultsVisible: 'always' }, 'resultsVisible', /after closing/],
  [{ capacity: 5 }, 'capacity', /counts are hidden/],
  [{ quorum: 2 }, 'quorum', /3 or more/],
  [{ electorate: 2 }, 'electorate', /at least 3/],
])('an anonymous poll cannot have %o', async (rules, path, message) => {
  const poll = { title: 'Lunch?', options: ['Noodles', 'Soup'], anonymous: true, ...rules }
  const { errors } = expectProblem(await ada.send('POST', '/polls', poll), 'invalid_input')
  expect(errors).toEqual([{ path, message: expect.stringMatching(message) }])
})

describe('an anonymous vote', () => {
  test('returns a receipt, which finds and changes it', async () => {
    const poll = await ada.newPoll({ anonymous: true })
    const [noodles, soup] = poll.options.map(({ id }) => id)
    const cast = await ada.vote(poll, 0)
    expect(cast.json()).toMatchObject({ totalVotes: 1, hasVoted: true, myChoices: [noodles] })
    const receipt = String(cast.headers.receipt)
    expect(receipt).toMatch(/^[a-z2-9]{26}$/)
    const own = { receipt }
    expect((await anyone().get(ballotOf(poll), own)).json()).toEqual({
      choices: [noodles],
      receiptHash: sha256(receipt),
    })
    const changed = await ada.vote(poll, 1, own)
    expect(changed.json()).toMatchObject({ revision: cast.json().revision, totalVotes: 1, myChoices: [soup] })
    expect(changed.headers.receipt).toBe(receipt)
    expect((await ada.get(`/polls/${poll.id}`)).json()).toMatchObject({ hasVoted: true, myChoices: [] })
  })

  test('is found by the receipt in any spelling', async () => {
    const poll = await ada.newPoll({ anonymous: true })
    const { receipt } = await receiptFor(ada, poll, 0)
    const typed = receipt.toUpperCase().replace(/(.{5})/g, '$1-')
    expect((await anyone().get(ballotOf(poll), { receipt: typed })).json()).toMatchObject({
      choices: [poll.options[0]?.id],
    })
  })

  test('can be repeated under a receipt that the client made, and is one ballot', async () => {
    const poll = await ada.newPoll({ anonymous: true })
    const receipt = { receipt: 'abcdefghijkmnpqrstuvwxyz23' }
    for (let again = 0; again < 2; again++) expect((await ada.vote(poll, 0, receipt)).statusCode).toBe(200)
    expect((await ada.get(`/polls/${poll.id}`)).json()).toMatchObject({ totalVotes: 1 })
  })

  test('is withdrawn with its receipt only', async () => {
    const poll = await ada.newPoll({ anonymous: true })
    const own = await receiptFor(ada, poll, 0)
    expectProblem(await ada.send('DELETE', ballotOf(poll)), 'receipt_required')
    expect((await ada.send('DELETE', ballotOf(poll), undefined, own)).json()).toMatchObject({
      totalVotes: 0,
      hasVoted: false,
    })
    expectProblem(await anyone().get(ballotOf(poll), own), 'receipt_required')
  })

  test('cannot change without its receipt, or with an invalid one', async () => {
    const poll = await ada.newPoll({ anonymous: true })
    await ada.vote(poll, 0)
    expectProblem(await ada.vote(poll, 1), 'receipt_required')
    const { errors } = expectProblem(await ada.vote(poll, 1, { receipt: 'mine' }), 'invalid_input')
    expect(errors).toEqual([{ path: 'receipt', message: expect.stringContaining('26 letters and digits') }])
    expectProblem(await anyone().get(ballotOf(poll)), 'receipt_required')
  })

  test('leaves no name in the log', async () => {
    const poll = await ada.newPoll({ anonymous: true })
    const own = await receiptFor(bob, poll, 0)
    await bob.send('DELETE', ballotOf(poll), undefined, own)
    const { events } = (await anyone().get(`/polls/${poll.id}/events`)).json()
    expect(events.slice(1)).toMatchObject([
      { type: 'secret_vote_cast', actor: null, facts: {} },
      { type: 'secret_vote_withdrawn', actor: null, facts: {} },
    ])
  })
})

test('a ballot of an open poll needs no receipt, and gets none', async () => {
  const poll = await ada.newPoll()
  expect((await ada.vote(poll, 1)).headers.receipt).toBeUndefined()
  expect((await ada.get(ballotOf(poll))).json()).toEqual({ choices: [poll.options[1]?.id], receiptHash: null })
  expectProblem(await anyone().get(`/polls/${poll.id}/ballots`), 'not_found')
})

describe('a closed anonymous poll', () => {
  const closed = async (places: number[], options?: object) => {
    const poll = await ada.newPoll({ anonymous: true, ...options })
    const receipts: string[] = []
    for (const [index, place] of places.entries()) {
      const who = [ada, bob, cem][index] as Guest
      receipts.push((await receiptFor(who, poll, place)).receipt)
    }
    await close(poll)
    return { poll, receipts }
  }

  test('lets everybody count the ballots, and find their own by the hash of the receipt', async () => {
    const { poll, receipts } = await closed([0, 1, 1])
    const choices = [0, 1, 1].map((place) => [poll.options[place]?.id])
    const expected = receipts.map((receipt, index) => ({ receiptHash: sha256(receipt), choices: choices[index] }))
    const inOrder = expected.toSorted((one, other) => (one.receiptHash < other.receiptHash ? -1 : 1))
    expect((await anyone().get(`/polls/${poll.id}/ballots`)).json()).toEqual({ ballots: inOrder, next: null })
    expect((await anyone().get(`/polls/${poll.id}`)).json()).toMatchObject({
      options: [{ votes: 1 }, { votes: 2 }],
      outcome: { kind: 'winner', options: [poll.options[1]?.id], votes: 2 },
    })
    const [own = ''] = receipts
    expect((await anyone().get(ballotOf(poll), { receipt: own })).json()).toEqual({
      choices: choices[0],
      receiptHash: sha256(own),
    })
    const closing = (await anyone().get(`/polls/${poll.id}/events`)).json().events.at(-1)
    expect(closing).toMatchObject({ type: 'closed', actor: { name: 'Ada' }, facts: { outcome: { votes: 2 } } })
    expectProblem(await ada.send('DELETE', `/polls/${poll.id}/closure`), 'ballots_published')
  })

  test('lists the ballots page by page', async () => {
    const { poll } = await closed([0, 1, 1])
    const path = `/polls/${poll.id}/ballots?limit=2`
    const first = await anyone().get(path)
    const { ballots, next } = first.json()
    const rest = (await anyone().get(`${path}&from=${next}`)).json()
    expect([ballots.length, rest.ballots.length, rest.next]).toEqual([2, 1, null])
    expect(rest.ballots[0].receiptHash).toBe(next)
    expect(first.headers.link).toContain(`from=${next}`)
    expectProblem(await anyone().get(`${path}&from=me`), 'invalid_input')
  })

  test('exports a table with a column for each option, safe in a spreadsheet', async () => {
    const { poll, receipts } = await closed([0, 1, 1], { options: ['=1+1', 'Soup, hot'] })
    const response = await anyone().get(`/polls/${poll.id}/ballots.csv`)
    expect(response.headers['content-disposition']).toContain('-ballots.csv"')
    const [head, ...rows] = response.body.trimEnd().split('\r\n')
    expect(head).toBe('\ufeffreceipt_hash,\'=1+1,"Soup, hot"')
    const cells = receipts.map((receipt, index) => `${sha256(receipt)},${index === 0 ? '1,' : ',1'}`)
    expect(rows).toEqual(cells.toSorted())
  })

  test('with too few ballots opens none', async () => {
    const { poll } = await closed([0, 1])
    expect((await anyone().get(`/polls/${poll.id}`)).json()).toMatchObject({
      options: [{ votes: null }, { votes: null }],
      outcome: { kind: 'no_quorum' },
    })
    for (const part of ['ballots', 'ballots.csv', 'results.csv', 'count'])
      expectProblem(await anyone().get(`/polls/${poll.id}/${part}`), 'results_hidden')
    expect((await ada.send('DELETE', `/polls/${poll.id}/closure`)).statusCode).toBe(200)
  })
})

test('an open anonymous poll shows no ballots', async () => {
  const poll = await ada.newPoll({ anonymous: true })
  for (const who of [ada, bob, cem]) await who.vote(poll, 0)
  for (const part of ['ballots', 'ballots.csv'])
    expectProblem(await ada.get(`/polls/${poll.id}/${part}`), 'results_hidden')
})
