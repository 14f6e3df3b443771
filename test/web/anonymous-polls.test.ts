import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let ada: Browser
let bob: Browser
let cem: Browser

const testApp = await closedAtEnd(openTestApp())

beforeEach(async () => {
  ada = await visitor(testApp, 'Ada')
  bob = await visitor(testApp, 'Bob')
  cem = await visitor(testApp, 'Cem')
})

const secretPoll = (fields = {}) => createPoll(ada, { anonymous: 'on', ...fields })
const receiptIn = (browser: Browser) => page(browser).querySelector('#receipt-code')?.getAttribute('value')
const offeredIn = (browser: Browser) =>
  page(browser).querySelector('#ballot input[name=receipt]')?.getAttribute('value') ?? ''
const mine = (browser: Browser) =>
  page(browser)
    .querySelectorAll('#results [data-mine]')
    .map((option) => option.getAttribute('data-option'))

/** Sends the form of a click on the option. */
async function choose(browser: Browser, poll: PagePoll, place: number) {
  await browser.get(poll.path)
  const receipt = offeredIn(browser)
  const response = await browser.post(`${poll.path}/ballot`, { choice: poll.options[place] ?? '', receipt })
  if (response.statusCode === 303) await browser.follow()
  return response
}

describe('an anonymous vote', () => {
  test('comes with a receipt, which this browser stores and shows with the ballot', async () => {
    const poll = await secretPoll()
    expect(textOf(ada, '#head .secret')).toBe('Anonymous')
    expect(receiptIn(ada)).toBeUndefined()
    const offered = offeredIn(ada)
    expect(offered).toMatch(/^[a-z2-9]{26}$/)
    await ada.post(`${poll.path}/ballot`, { choice: poll.options[1] ?? '', receipt: offered })
    await ada.follow()
    expect(receiptIn(ada)).toBe(offered)
    expect(mine(ada)).toEqual([poll.options[1]])
    expect(textsOf(ada, '#event-list li')[0]).toContain('Somebody voted')
    expect(ada.page?.body).not.toContain('Ada voted')
  })

  test('is one ballot, even if the form is sent again', async () => {
    const poll = await secretPoll()
    const fields = { choice: poll.options[1] ?? '', receipt: offeredIn(ada) }
    const again = testApp.browser()
    for (const [name, value] of ada.cookies) again.cookies.set(name, value)
    again.csrfToken = ada.csrfToken
    const both = await Promise.all([ada, again].map((browser) => browser.post(`${poll.path}/ballot`, fields)))
    expect(both.map(({ statusCode }) => statusCode)).toEqual([303, 303])
    await ada.get(poll.path)
    expect(textOf(ada, '#standing .total')).toBe('1 vote')
    expect(receiptIn(ada)).toBe(fields.receipt)
  })

  test('is changed and withdrawn by the browser with the receipt', async () => {
    const poll = await secretPoll()
    await choose(ada, poll, 1)
    const receipt = receiptIn(ada)
    await choose(ada, poll, 0)
    expect([mine(ada), receiptIn(ada)]).toEqual([[poll.options[0]], receipt])
    await ada.post(`${poll.path}/ballot/withdraw`)
    await ada.follow()
    expect([mine(ada), receiptIn(ada), textOf(ada, '#standing .total')]).toEqual([[], undefined, '0 votes'])
    await choose(ada, poll, 0)
    expect(receiptIn(ada)).not.toBe(receipt)
  })

  test('is not shown to the same person in another browser, until they enter the receipt', async () => {
    const poll = await secretPoll()
    await choose(ada, poll, 1)
    const receipt = receiptIn(ada) ?? ''
    const other = testApp.browser()
    for (const [name, value] of ada.cookies) if (!name.includes('receipt')) other.cookies.set(name, value)
    await other.get(poll.path)
    expect(mine(other)).toEqual([])
    expect(textOf(other, '#vote .elsewhere')).toContain('You have voted.')
    const refused = await choose(other, poll, 0)
    expect(refused.statusCode).toBe(409)
    expect(textOf(other, '#vote [role=alert]')).toContain('only your receipt finds your ballot')

    await other.post(`${poll.path}/receipt`, { receipt: `${receipt.slice(0, 13).toUpperCase()} ${receipt.slice(13)}` })
    await other.follow()
    expect([mine(other), receiptIn(other)]).toEqual([[poll.options[1]], receipt])
    await choose(other, poll, 0)
    await ada.get(poll.path)
    expect(mine(ada)).toEqual([poll.options[0]])
  })

  test.each([
    ['mine', /26 letters and digits/],
    ['abcdefghijkmnpqrstuvwxyz23', /No ballot in this poll/],
  ])('is not found by %s, which stays in the field', async (typed, message) => {
    const poll = await secretPoll()
    const response = await ada.post(`${poll.path}/receipt`, { receipt: typed })
    expect(response.statusCode).toBe(422)
    expect(textOf(ada, '#receipt-error')).toMatch(message)
    expect(page(ada).querySelector('#receipt')?.getAttribute('value')).toBe(typed)
    expect(page(ada).querySelector('#find-ballot')?.hasAttribute('open')).toBe(true)
  })

  test('is not cast from a list, which cannot show a receipt; the list says that the person voted', async () => {
    const poll = await secretPoll({ category: 'Secret' })
    await ada.get('/?category=Secret')
    expect(page(ada).querySelectorAll('.card button')).toEqual([])
    expect(textOf(ada, '.card')).toContain('Vote anonymously')
    await choose(ada, poll, 1)
    await ada.get('/?category=Secret')
    expect(textOf(ada, '.card .voted')).toBe('You voted')
    expect(ada.page?.body).not.toContain('data-mine')
  })

  test.each([
    ['score', (ids: string[]) => ({ [`option.${ids[0]}`]: '4', [`option.${ids[1]}`]: '0' })],
    ['ranked', (ids: string[]) => ({ [`place.${ids[1]}`]: '1' })],
    ['multiple_choice', (ids: string[]) => ({ choice: ids[1] ?? '' })],
  ])('of a poll by %s is stored and shown the same way', async (method, fields) => {
    const poll = await secretPoll({ method })
    await ada.post(`${poll.path}/ballot`, { ...fields(poll.options), receipt: offeredIn(ada) })
    await ada.follow()
    expect(receiptIn(ada)).toMatch(/^[a-z2-9]{26}$/)
    expect(page(ada).querySelector('[data-choices]:not([data-choices=""])')).not.toBeNull()
  })
})

test('a sign-out deletes the receipts', async () => {
  const poll = await secretPoll()
  await choose(ada, poll, 1)
  await ada.post('/sign-out')
  await ada.get(poll.path)
  expect([receiptIn(ada), mine(ada)]).toEqual([undefined, []])
})

describe('a closed anonymous poll', () => {
  async function closedPoll(voters: Browser[]) {
    const poll = await secretPoll()
    for (const [place, voter] of voters.entries()) await choose(voter, poll, place % 2)
    await ada.get(poll.path)
    await ada.post(`${poll.path}/close`)
    await ada.follow()
    return poll
  }

  test('shows everybody the result and all ballots, and receipt holders their own', async () => {
    const poll = await closedPoll([ada, bob, cem])
    const receipt = receiptIn(bob) ?? ''
    const hash = createHash('sha256').update(receipt).digest('hex')
    expect(textOf(ada, '#standing')).toContain('Winner: Tres Bones')
    await bob.get(poll.path)
    expect(mine(bob)).toEqual([poll.options[1]])
    expect(page(bob).querySelector('.receipt a')?.getAttribute('href')).toBe(`/polls/${poll.id}/ballots?own`)
    await bob.get(`/polls/${poll.id}/ballots?own`)
    expect(page(bob).querySelector('.ballot')?.id).toBe('mine')
    await bob.get(`/polls/${poll.id}/ballots`)
    expect(page(bob).querySelectorAll('.ballot')).toHaveLength(3)
    expect(textOf(bob, '#mine')).toBe(`${hash} Yours Noodle Bar`)
    expect(textsOf(bob, '.ballot p').sort()).toEqual(['Noodle Bar', 'Tres Bones', 'Tres Bones'])
    const stranger = testApp.browser()
    await stranger.get(`/polls/${poll.id}/ballots`)
    expect(page(stranger).querySelector('#mine')).toBeNull()
  })

  test('finds a ballot by a written-down receipt', async () => {
    const poll = await closedPoll([ada, bob, cem])
    const receipt = receiptIn(bob) ?? ''
    const other = await visitor(testApp, 'Bob')
    await other.get(poll.path)
    await other.post(`${poll.path}/receipt`, { receipt })
    await other.follow()
    expect(mine(other)).toEqual([poll.options[1]])
  })

  test('cannot be reopened', async () => {
    const poll = await closedPoll([ada, bob, cem])
    expect((await ada.post(`${poll.path}/reopen`)).statusCode).toBe(409)
    expect(textOf(ada, '#refusal')).toContain('Its ballots have been published')
  })

  test('with two voters says that they are too few', async () => {
    const poll = await closedPoll([ada, bob])
    expect(textOf(ada, '#standing')).toContain('No result: 2 of at least 3 people voted')
    expect(page(ada).querySelector('.option-count')).toBeNull()
    const response = await ada.get(`/polls/${poll.id}/ballots`)
    expect(response.statusCode).toBe(409)
    expect(textOf(ada, '.explanation')).toContain('Too few people have voted')
  })
})

test('an open poll publishes no ballots', async () => {
  const poll = await createPoll(ada)
  expect((await ada.get(`/polls/${poll.id}/ballots`)).statusCode).toBe(404)
})

test('a wrong quorum gets an error next to the field, and all typed text stays', async () => {
  await ada.get('/polls/new')
  const fields = { title: 'Secret?', options: ['Yes', 'No'], anonymous: 'on', quorum: '2', capacity: '4' }
  const response = await ada.post('/polls', { ...fields, resultsVisible: 'always' })
  expect(response.statusCode).toBe(422)
  expect(textOf(ada, '#quorum-error')).toContain('3 or more')
  expect(page(ada).querySelector('#capacity')?.getAttribute('value')).toBe('4')
  expect(page(ada).querySelector('#anonymous')?.hasAttribute('checked')).toBe(true)
})

describe('receipts', () => {
  test('of two polls with simultaneous votes are both stored', async () => {
    const polls = [await secretPoll(), await secretPoll()]
    const forms = await Promise.all(
      polls.map(async (poll) => {
        await ada.get(poll.path)
        return { poll, receipt: offeredIn(ada) }
      }),
    )
    await Promise.all(
      forms.map(({ poll, receipt }) => ada.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '', receipt })),
    )
    for (const { poll, receipt } of forms) {
      await ada.get(poll.path)
      expect(receiptIn(ada)).toBe(receipt)
    }
  })

  test('are deleted when a new person uses the browser, who then casts their own ballot', async () => {
    const poll = await secretPoll()
    await choose(ada, poll, 1)
    const receipt = receiptIn(ada)
    ada.cookies.delete('polldock')
    await ada.get(poll.path)
    const fields = { choice: poll.options[0] ?? '', receipt: offeredIn(ada), displayName: 'Eve' }
    expect((await ada.post(`${poll.path}/ballot`, fields)).statusCode).toBe(303)
    await ada.follow()
    expect(textOf(ada, '#standing .total')).toBe('2 votes')
    expect(receiptIn(ada)).not.toBe(receipt)
  })

  test('are limited to forty, and the oldest are deleted first', async () => {
    const poll = await secretPoll()
    const polls = Array.from(
      { length: 45 },
      (_, index) => `aaaaaaaaaaaaaa${String.fromCharCode(97 + (index % 26))}${'ab'[index >= 26 ? 1 : 0]}`,
    )
    for (const id of polls) ada.cookies.set(`polldock_receipt_${id}`, offeredIn(ada))
    await choose(ada, poll, 1)
    expect([...ada.cookies.keys()].filter((name) => name.startsWith('polldock_receipt_'))).toHaveLength(40)
    expect(receiptIn(ada)).toMatch(/^[a-z2-9]{26}$/)
  })

  test('show the ballot and its voter to a visitor without a name', async () => {
    const poll = await secretPoll()
    await choose(ada, poll, 1)
    const receipt = receiptIn(ada) ?? ''
    const stranger = testApp.browser()
    await stranger.get(poll.path)
    expect((await stranger.post(`${poll.path}/receipt`, { receipt })).statusCode).toBe(303)
    await stranger.follow()
    expect(mine(stranger)).toEqual([poll.options[1]])
    expect(textOf(stranger, '.receipt')).toContain('you have not voted yourself')
  })
})
