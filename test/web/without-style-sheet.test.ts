import { type HTMLElement, parse } from 'node-html-parser'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pollPath } from '../../src/polls/slug.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, type PagePoll, visitor } from '../support/pages.ts'
import { createPerson, createPoll as createPollBy } from '../support/polls.ts'

let testApp: TestApp
let creator: Browser
let voter: Browser
let stranger: Browser

beforeAll(async () => {
  testApp = await openTestApp()
  creator = await visitor(testApp, 'Ann')
})

afterAll(() => testApp.close())

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

/** What is true for some, and false for others. */
const claims = [
  'Choose an option to vote.',
  'Only people signed in with Flowdock can vote',
  'Your vote for',
  'Your vote 1',
  'Remove my vote',
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
  'When can you?',
  'Your ranking',
  'Your points',
]

async function claimsOf(browser: Browser, { path }: Pick<PagePoll, 'path'>): Promise<string[]> {
  const text = readable(await bodyOf(browser, path))
  return claims.filter((claim) => text.includes(claim))
}

describe('what the page of a poll says to', () => {
  const [choose, add, remove] = ['Choose an option to vote.', 'Add an option', 'Remove my vote']

  test('a stranger, while it is open', async () => {
    const poll = await createPoll(creator)
    expect(await claimsOf(stranger, poll)).toEqual([choose, add])
  })

  test('somebody who has voted: which option is theirs, and no other', async () => {
    const poll = await createPoll(creator)
    await voter.get(poll.path)
    await voter.post(`${poll.path}/ballot`, { [`choice.${poll.options[1]}`]: 'Vote' })
    expect(await claimsOf(voter, poll)).toEqual([choose, remove, add])
    const text = readable(await bodyOf(voter, poll.path))
    expect(text.match(/\S+ \S+ Your vote/g)).toEqual(['Noodle Bar Your vote'])
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
    const poll = await createPollBy(testApp.services.box, person, { votersSignedIn: true })
    expect(await claimsOf(stranger, { path: pollPath(poll) })).toEqual([
      'Only people signed in with Flowdock can vote',
      add,
    ])
  })

  test('those who can decide about what others propose, and those who cannot', async () => {
    const poll = await createPoll(creator, { optionsModerated: 'on' })
    await voter.get(poll.path)
    await voter.post(`${poll.path}/options`, { title: 'Pizza' })
    expect(await claimsOf(stranger, poll)).toEqual([choose, 'Propose an option'])
    const all = [choose, add, 'Approve', 'Dismiss', 'Close the poll', 'Delete this poll']
    expect(await claimsOf(creator, poll)).toEqual(all)
  })

  test('those who read all there is, and those who do not', async () => {
    const poll = await createPoll(creator)
    for (let number = 0; number < 21; number++) await creator.post(`${poll.path}/comments`, { body: `No. ${number}` })
    expect(await claimsOf(stranger, poll)).toEqual([choose, add, 'All comments', 'All activity'])
  })

  test.each([
    ['dates', 'When can you?'],
    ['ranked', 'Your ranking'],
    ['score', 'Your points'],
  ])('people who vote by %s, while it is open', async (method, form) => {
    const poll = await createPoll(creator, { ...days, method, optionsOpen: [] })
    expect(await claimsOf(stranger, poll)).toEqual([form])
    await creator.post(`${poll.path}/close`)
    expect(await claimsOf(stranger, poll)).toEqual([])
  })
})

const days = { timeZone: 'UTC', day: ['2027-12-24', '2027-12-25'] }

describe('no page needs more than the oldest forms', () => {
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
      await ben.post(`${path}/ballot`, choice ?? { [method === 'single_choice' ? 'choice' : 'choose']: first ?? '' })
      await ben.post(`${path}/options`, { title: 'Another', day: '2027-12-26' })
      paths.push(path, `${path}/edit`, `${path}/options/${first}`, `${path}/comments`, `${path}/activity`)
    }
    pages = []
    for (const browser of [creator, ben, testApp.browser()]) {
      for (const path of paths) pages.push({ path, body: await bodyOf(browser, path) })
    }
  })

  /** What is found of it on all pages, for the message of a test that fails. */
  const found = (selector: string, isFault: (element: HTMLElement) => boolean = () => true) =>
    pages.flatMap(({ path, body }) =>
      body
        .querySelectorAll(selector)
        .filter(isFault)
        .map((element) => `${path} ${element.outerHTML.slice(0, 200)}`),
    )

  test('each page was read', () => {
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

  test('no value is shown as the label of a button in Lynx that is not made to be read', () => {
    expect(found('button[value]', (element) => !/^[A-Z][a-z ]+$/.test(element.getAttribute('value') ?? ''))).toEqual([])
  })

  test('no button needs a script', () => {
    expect(found('button[type=button]')).toEqual([])
  })

  test('what is hidden holds no text', () => {
    expect(found('[hidden], template, noscript', (element) => readable(element).trim() !== '')).toEqual([])
  })

  test('the first choice of a group does no harm where it is taken for chosen, as in Lynx', () => {
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
