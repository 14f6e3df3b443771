import { type HTMLElement, parse } from 'node-html-parser'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pollPath } from '../../src/polls/model/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { openPairedApp, type PairedApp, pair, setupPath, signedIn, through } from '../support/flowdock.ts'
import { createPoll, type PagePoll, page, visitor } from '../support/pages.ts'
import { createPerson, createPoll as createPollBy } from '../support/polls.ts'

let testApp: TestApp
let paired: PairedApp
let creator: Browser
let voter: Browser
let stranger: Browser

beforeAll(async () => {
  testApp = await openTestApp()
  paired = await openPairedApp()
  creator = await visitor(testApp, 'Ann')
})

afterAll(async () => {
  await testApp.close()
  await paired.close()
})

beforeEach(async () => {
  voter = await visitor(testApp, 'Bob')
  stranger = testApp.browser()
})

/** Text browsers, search engines and readers know neither style sheets nor scripts, and most of them not even `hidden`. */
async function bodyOf(browser: Browser, path: string): Promise<HTMLElement> {
  const body = parse((await browser.get(path)).body).querySelector('body')
  for (const script of body?.querySelectorAll('script, datalist') ?? []) script.remove()
  return body as HTMLElement
}

const readable = (element: HTMLElement) => element.structuredText.replace(/\s+/g, ' ')

/** Statements that are true for some people, and false for others. */
const claims = [
  'Choose one option.',
  'Only people signed in can vote',
  'Your vote for',
  'Your vote 1',
  'Withdraw my vote',
  'You have voted.',
  'Your receipt',
  'Add an option',
  'Propose an option',
  'Approve',
  'Dismiss',
  'Close the poll',
  'Reopen the poll',
  'Archive',
  'Delete this poll',
  'All comments',
  'All activity',
  'Not connected',
  'Copy',
  'Your availability',
  'Your ranking',
  'Your points',
  'Write each day as in',
  'you have not voted yourself',
  'Only this browser stores the receipt',
  'Your ballot was published',
  'Anonymous',
  'Your ballot.',
  'Edit the list',
]

async function claimsOf(browser: Browser, { path }: Pick<PagePoll, 'path'>): Promise<string[]> {
  const text = readable(await bodyOf(browser, path))
  return claims.filter((claim) => text.includes(claim))
}

describe('the page of a poll speaks to', () => {
  const [choose, add, own, remove] = ['Choose one option.', 'Add an option', 'Your vote for', 'Withdraw my vote']

  test('a stranger, while it is open', async () => {
    const poll = await createPoll(creator)
    expect(await claimsOf(stranger, poll)).toEqual([choose, add])
  })

  test('a voter: which option is theirs, and no other', async () => {
    const poll = await createPoll(creator)
    await voter.get(poll.path)
    await voter.post(`${poll.path}/ballot`, { [`choice.${poll.options[1]}`]: 'Vote' })
    expect(await claimsOf(voter, poll)).toEqual([choose, own, remove, add])
    const text = readable(await bodyOf(voter, poll.path))
    expect(text.match(/\S+ \S+ Your vote(?! for)/g)).toEqual(['Noodle Bar Your vote'])
    expect(await claimsOf(stranger, poll)).toEqual([choose, add])
  })

  test('its creator, before and after the first vote', async () => {
    const poll = await createPoll(creator, { optionsOpen: [] })
    expect(await claimsOf(creator, poll)).toEqual([choose, add, 'Close the poll', 'Delete this poll'])
    await voter.get(poll.path)
    await voter.post(`${poll.path}/ballot`, { [`choice.${poll.options[0]}`]: 'Vote' })
    expect(await claimsOf(creator, poll)).toEqual([choose, add, 'Close the poll'])
    expect(await claimsOf(stranger, poll)).toEqual([choose])
  })

  test('everybody, once it is closed', async () => {
    const poll = await createPoll(creator)
    await voter.get(poll.path)
    await voter.post(`${poll.path}/ballot`, { [`choice.${poll.options[0]}`]: 'Vote' })
    await creator.post(`${poll.path}/close`)
    expect(await claimsOf(stranger, poll)).toEqual([])
    expect(await claimsOf(voter, poll)).toEqual([])
    expect(await claimsOf(creator, poll)).toEqual(['Reopen the poll', 'Archive'])
  })

  test('a guest, where only people who have signed in can vote', async () => {
    const person = await createPerson(testApp.database)
    const poll = await createPollBy(testApp.services.ballotBox, person, { votersSignedIn: true })
    expect(await claimsOf(stranger, { path: pollPath(poll) })).toEqual(['Only people signed in can vote', add])
  })

  test('people who can decide about proposals, and people who cannot', async () => {
    const poll = await createPoll(creator, { optionsModerated: 'on' })
    await voter.get(poll.path)
    await voter.post(`${poll.path}/options`, { title: 'Pizza' })
    expect(await claimsOf(stranger, poll)).toEqual([choose, 'Propose an option'])
    const all = [choose, add, 'Approve', 'Dismiss', 'Close the poll', 'Delete this poll']
    expect(await claimsOf(creator, poll)).toEqual(all)
  })

  test('people who read everything, and people who do not', async () => {
    const poll = await createPoll(creator)
    for (let number = 0; number < 21; number++) await creator.post(`${poll.path}/comments`, { body: `No. ${number}` })
    expect(await claimsOf(stranger, poll)).toEqual([choose, add, 'All comments', 'All activity'])
  })

  test.each([
    ['dates', 'Your availability'],
    ['ranked', 'Your ranking'],
    ['score', 'Your points'],
  ])('people who vote by %s, while it is open', async (method, form) => {
    const poll = await createPoll(creator, { ...days, method, optionsOpen: [] })
    expect(await claimsOf(stranger, poll)).toEqual([form])
    await creator.post(`${poll.path}/close`)
    expect(await claimsOf(stranger, poll)).toEqual([])
  })
})

/**
 * Sends the form of a click on an option.
 * @returns the receipt, which the browser keeps
 */
async function voteSecretly(browser: Browser, { path, options }: PagePoll): Promise<string> {
  await browser.get(path)
  const receipt = page(browser).querySelector('#ballot input[name=receipt]')?.getAttribute('value') ?? ''
  await browser.post(`${path}/ballot`, { choice: options[0] ?? '', receipt })
  return receipt
}

describe('the page of an anonymous ballot speaks to', () => {
  const [choose, add, secret] = ['Choose one option.', 'Add an option', 'Anonymous']
  const roll = 'Ann\nBob\nCem'
  const receiptInBrowser = ['Your receipt', 'Only this browser stores the receipt']

  test('everybody, while it is open', async () => {
    const poll = await createPoll(creator, { anonymous: 'on', roll })
    expect(await claimsOf(stranger, poll)).toEqual([choose, add, secret])
    const all = [choose, add, 'Close the poll', 'Delete this poll', secret, 'Edit the list']
    expect(await claimsOf(creator, poll)).toEqual(all)
    const receipt = await voteSecretly(voter, poll)
    expect(await claimsOf(voter, poll)).toEqual([
      choose,
      'Your vote for',
      'Withdraw my vote',
      ...receiptInBrowser.slice(0, 1),
      ...receiptInBrowser.slice(1),
      secret,
    ])
    expect(await claimsOf(stranger, poll)).toEqual([choose, secret])
    voter.cookies.delete('polldock_receipts')
    await stranger.post(`${poll.path}/receipt`, { receipt })
    expect(await claimsOf(stranger, poll)).toContain('you have not voted yourself')
  })

  test('everybody, once its ballots are published', async () => {
    const poll = await createPoll(creator, { anonymous: 'on', roll })
    for (const browser of [creator, voter, await visitor(testApp, 'Cem')]) await voteSecretly(browser, poll)
    expect(await claimsOf(stranger, poll)).toEqual([secret])
    expect(await claimsOf(voter, poll)).toEqual(['Your receipt', 'Your ballot was published', secret])
    expect(await claimsOf(creator, poll)).toEqual(['Your receipt', 'Archive', 'Your ballot was published', secret])
    const own = /Yours/
    const ballots = async (browser: Browser) => readable(await bodyOf(browser, `${poll.path}/ballots`))
    expect(await ballots(voter)).toMatch(own)
    expect(await ballots(stranger)).not.toMatch(own)
  })
})

describe('the page of connections speaks to', () => {
  const states = ['Active', 'Paused', 'Failing', 'Removed in the chat', 'Ended by the receiver']
  const steps = ['Connect again', 'Try now', 'Pause', 'Resume', 'Configure', 'Disconnect', 'Sign out', 'You are']
  const news = [
    'was rejected',
    'were rejected',
    'Last error',
    'Next try',
    'delivery has worked since',
    'over a week ago',
  ]
  const others = ['Nothing yet', 'Is a flow already connected?', 'No chat is set up here', 'Sign in with Flowdock']

  async function saidTo(browser: Browser): Promise<string[]> {
    const text = readable(await bodyOf(browser, '/connections'))
    return [...states, ...steps, ...news, ...others].filter((claim) => text.includes(claim))
  }

  test('a stranger, and people who manage one', async () => {
    expect(await saidTo(stranger)).toEqual(['No chat is set up here'])
    expect(await saidTo(paired.browser())).toEqual(['Is a flow already connected?', 'Sign in with Flowdock'])
    const maija = await signedIn(paired)
    expect(await saidTo(maija)).toEqual(['Sign out', 'You are'])
    await pair(paired, maija)
    const own = ['Active', 'Pause', 'Configure', 'Disconnect', 'Sign out', 'You are', 'Nothing yet']
    expect(await saidTo(maija)).toEqual(own)
    const { id } = await paired.database.prisma.connection.findFirstOrThrow()
    await maija.post(`/connections/${id}/pause`)
    const paused = ['Paused', 'Pause', 'Resume', 'Configure', 'Disconnect', 'Sign out', 'You are', 'Nothing yet']
    expect(await saidTo(maija)).toEqual(paused)
    expect(await saidTo(await signedIn(paired, 'chen'))).toEqual(paused)
  })
})

const days = { timeZone: 'UTC', day: ['2027-12-24', '2027-12-25'] }

describe('no page needs more than basic forms', () => {
  const methods = ['single_choice', 'multiple_choice', 'dates', 'ranked', 'score']
  const others = ['/', '/me', '/polls/new', '/polls/new/dates', '/connections', '/api', '/nowhere']
  let pages: { path: string; body: HTMLElement }[]

  beforeAll(async () => {
    const ben = await visitor(testApp, 'Ben')
    const paths = [...others]
    for (const method of methods) {
      const { path, options } = await createPoll(creator, { ...days, method, optionsModerated: 'on' })
      await ben.get(path)
      const [first] = options
      const choice = { dates: { [`option.${first}`]: 'yes' }, score: { [`option.${first}`]: '3' } }[method]
      await ben.post(`${path}/ballot`, choice ?? { choice: first ?? '' })
      await ben.post(`${path}/options`, { title: 'Another', day: '2027-12-26' })
      paths.push(path, `${path}/edit`, `${path}/options/${first}`, `${path}/comments`, `${path}/activity`)
    }
    paths.push(...(await secretPaths(ben)))
    pages = []
    for (const browser of [creator, ben, testApp.browser()]) {
      for (const path of paths) await read(browser, path)
    }
    const maija = await signedIn(paired)
    for (const browser of [maija, await signedIn(paired, 'chen'), paired.browser()]) {
      for (const path of await chatPaths(maija)) await read(browser, path)
    }
  }, 60_000)

  /** An answer that leads elsewhere is no page. */
  async function read(browser: Browser, path: string): Promise<void> {
    const body = await bodyOf(browser, path)
    if (browser.page?.headers.location === undefined) pages.push({ path, body })
  }

  /** An open poll, one whose ballots are published, and its voter list. */
  async function secretPaths(ben: Browser): Promise<string[]> {
    const fields = { anonymous: 'on', roll: 'Ann\nBen\nCem' }
    const [open, closed] = [await createPoll(creator, fields), await createPoll(creator, fields)]
    await voteSecretly(ben, open)
    for (const browser of [creator, ben, await visitor(testApp, 'Cem')]) await voteSecretly(browser, closed)
    return [open.path, `${open.path}/voters`, closed.path, `${closed.path}/ballots`, `${closed.path}/activity`]
  }

  /** A poll that is mirrored, the connection, and the page that confirms another one. */
  async function chatPaths(maija: Browser): Promise<string[]> {
    if ((await paired.database.prisma.connection.count({ where: { name: 'Read' } })) === 0)
      await pair(paired, maija, { name: 'Read' })
    const { id } = await paired.database.prisma.connection.findFirstOrThrow({ where: { name: 'Read' } })
    await through(paired, maija, setupPath(paired))
    const confirmation = maija.page?.headers.location ?? ''
    const { path } = await createPoll(maija, { votersSignedIn: 'on' })
    const connection = ['/connections', `/connections/${id}`, `/connections/${id}/disconnect`]
    return [...connection, confirmation, path, '/', '/me', '/flowdock/linked', '/auth/flowdock/callback']
  }

  /** What is found of it on all pages, for the message of a test that fails. */
  const found = (selector: string, isFault: (element: HTMLElement) => boolean = () => true) =>
    pages.flatMap(({ path, body }) =>
      body
        .querySelectorAll(selector)
        .filter(isFault)
        .map((element) => `${path} ${element.outerHTML.slice(0, 200)}`),
    )

  test('the test has read each page', () => {
    expect(pages.length).toBeGreaterThan(90)
    expect(found('button').length).toBeGreaterThan(100)
  })

  test('every button and every link says what it does', () => {
    expect(
      found('button, a[href]', (element) => readable(element).trim() === '' && !element.querySelector('img[alt]')),
    ).toEqual([])
  })

  test('every button is in its form, and goes where the form goes', () => {
    expect(found('[form], [formaction], [formmethod]')).toEqual([])
    expect(found('button:not([type=button])', (element) => !element.closest('form'))).toEqual([])
  })

  test('Lynx shows only readable values as labels of buttons', () => {
    expect(found('button[value]', (element) => !/^[A-Z][a-z ]+$/.test(element.getAttribute('value') ?? ''))).toEqual([])
  })

  test('every button works without JavaScript', () => {
    expect(found('button[type=button]')).toEqual([])
  })

  test('each link to a part of a page leads to it, and ELinks finds it', () => {
    const unknownToELinks = ['MAIN', 'SECTION', 'ARTICLE', 'NAV', 'HEADER', 'FOOTER', 'ASIDE', 'DETAILS', 'SUMMARY']
    const lost = pages.flatMap(({ path, body }) =>
      body.querySelectorAll('a[href^="#"]').flatMap((link) => {
        const id = link.getAttribute('href')?.slice(1) ?? ''
        const target = body.querySelector(`[id="${id}"]`)
        return target && !unknownToELinks.includes(target.tagName) ? [] : [`${path} #${id} ${target?.tagName}`]
      }),
    )
    expect(lost).toEqual([])
  })

  test('fields for days and times show their format', () => {
    const isUntold = (field: HTMLElement) => {
      const form = readable(field.closest('form') as HTMLElement)
      return !field.getAttribute('placeholder') || !/as in 2026-12-24/.test(form)
    }
    const fields = 'input[type=date], input[type=time], input[type=datetime-local]'
    expect(found(fields).length).toBeGreaterThan(20)
    expect(found(fields, isUntold)).toEqual([])
  })

  test('hidden elements have no text', () => {
    expect(found('[hidden], template, noscript', (element) => readable(element).trim() !== '')).toEqual([])
  })

  test('the first choice of a group is harmless if preselected, as in Lynx', () => {
    const harms = pages.flatMap(({ path, body }) => {
      const radios = body.querySelectorAll('input[type=radio]')
      const names = new Set(radios.map((radio) => radio.getAttribute('name') ?? ''))
      return [...names].flatMap((name) => {
        const group = radios.filter((radio) => radio.getAttribute('name') === name)
        const isChosen = group.some((radio) => radio.hasAttribute('checked'))
        return isChosen || group[0]?.getAttribute('value') === '' ? [] : [`${path} ${name}`]
      })
    })
    expect(harms).toEqual([])
  })
})
