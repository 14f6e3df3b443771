import { beforeEach, expect, test } from 'vitest'
import { openTestApp } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { TestClock } from '../../support/clock.ts'
import { openStream } from '../../support/event-stream.ts'
import { openPairedApp, signedIn, through, userCalled } from '../../support/flowdock.ts'
import { pickAs } from '../../support/flowdock-actions.ts'
import { createPoll, type PagePoll, page, textOf, visitor } from '../../support/pages.ts'
import { expectConsistent } from '../../support/polls.ts'

const clock = new TestClock()
let poll: PagePoll

const paired = await closedAtEnd(openPairedApp({ clock }))
const ann = await visitor(paired, 'Ann')
const guest = await visitor(paired, 'Guest')

beforeEach(async () => {
  poll = await createPoll(ann, { votersSignedIn: 'on' })
})

const buttons = (browser: Browser, within: string) =>
  page(browser).querySelectorAll(`${within} :is(input[name=choice]:not([value='']), button[name^=choice])`).length
const card = () => `#poll-${poll.id}`
const vote = (browser: Browser) => browser.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
const votes = async () => (await paired.services.polls.view(poll.id)).poll.totalVotes
const edit = (fields: Record<string, string>) =>
  ann.post(`${poll.path}/edit`, { title: 'Where to eat lunch?', description: '', optionsOpen: 'on', ...fields })

test('a guest sees why they cannot vote, and returns to the poll after signing in', async () => {
  await guest.get(poll.path)
  expect(buttons(guest, '#results')).toBe(0)
  expect(textOf(guest, '#sign-in-first')).toMatch(/^Only people signed in with Flowdock can vote in this poll\./)
  const path = page(guest).querySelector('#sign-in-first a')?.getAttribute('href') ?? ''
  const newcomer = paired.browser()
  const { headers } = await through(paired, newcomer, path, { as: 'ben' })
  expect([newcomer.page?.statusCode, textOf(newcomer, 'main'), headers.location]).toEqual([303, '', poll.path])
  await newcomer.follow()
  expect([buttons(newcomer, '#results'), page(newcomer).querySelector('#sign-in-first')]).toEqual([2, null])
  await vote(newcomer)
  expect(await votes()).toBe(1)
})

test('the list also leads a guest to the sign-in', async () => {
  await guest.get('/')
  expect(buttons(guest, card())).toBe(0)
  const link = page(guest).querySelector(`${card()} .hint a`)
  expect(link?.getAttribute('href')).toBe(`/auth/flowdock?back=${encodeURIComponent(poll.path)}`)
  const ben = await signedIn(paired, 'ben')
  await ben.get('/')
  expect([buttons(ben, card()), page(ben).querySelector(`${card()} .hint`)]).toEqual([2, null])
})

test('a guest’s vote from an older page is refused with the reason', async () => {
  await guest.get('/me')
  expect((await vote(guest)).statusCode).toBe(403)
  expect(textOf(guest, '#vote [role=alert]')).toBe('Only people who have signed in can vote in this poll.')
  expect(await votes()).toBe(0)
})

test('the creator sets the limit when editing, and removes it', async () => {
  await edit({})
  await guest.get('/me')
  await vote(guest)
  expect(await votes()).toBe(1)
  await ann.get(`${poll.path}/edit`)
  expect(page(ann).querySelector('[name=votersSignedIn]')?.hasAttribute('checked')).toBe(false)
  await edit({ votersSignedIn: 'on' })
  await ann.follow()
  expect(textOf(ann, '#event-list li')).toMatch(
    /^Ann \(guest\) limited voting to signed-in people\. Votes of guests that count only after they sign in: 1/,
  )
  expect(await votes()).toBe(0)
  await expectConsistent(paired.database, poll.id)
})

test('a guest’s vote is stored, and counts after the sign-in', async () => {
  await edit({})
  const newcomer = await visitor(paired, 'Newcomer')
  await vote(newcomer)
  await edit({ votersSignedIn: 'on' })
  await newcomer.get(poll.path)
  expect(textOf(newcomer, '#set-aside')).toMatch(/^Your vote for .+ is kept, and counts once you sign in\.$/)
  await through(paired, newcomer, `/auth/flowdock?back=${encodeURIComponent(poll.path)}`, { as: 'chen' })
  await newcomer.follow()
  expect(textOf(newcomer, 'main [role=status]')).toContain('What you voted as a guest counts now.')
  expect(await votes()).toBe(1)
  await expectConsistent(paired.database, poll.id)
})

test('an open page says that the guest’s vote is set aside, and what it was', async () => {
  await edit({})
  await guest.get('/me')
  await vote(guest)
  const { poll: before } = await paired.services.polls.view(poll.id)
  const cookie = `polldock=${guest.cookies.get('polldock')}`
  const stream = await openStream(`${await served()}/polls/${poll.id}/stream?since=${before.revision}`, { cookie })
  await edit({ votersSignedIn: 'on' })
  const { data } = await stream.next()
  expect(data).toMatchObject({ votersSignedIn: true })
  expect(data.guestResults).not.toContain('<input type="radio"')
  expect(data.results).toContain('<input type="radio"')
  expect(await stream.next()).toMatchObject({ event: 'ballot', data: { choices: [], setAside: [poll.options[0]] } })
  stream.close()
})

let url: Promise<string> | undefined
function served(): Promise<string> {
  url ??= paired.listen()
  return url
}

test('a vote from inside Flowdock counts', async () => {
  await signedIn(paired, 'rosa')
  const answer = await pickAs(
    paired,
    String(userCalled(paired, 'rosa').id),
    `${poll.id}/ballot/${poll.options[0]}?revision=1`,
  )
  expect([answer.statusCode, await votes()]).toEqual([200, 1])
})

test('without a Flowdock the form has no such limit', async () => {
  const alone = await openTestApp()
  const browser = await visitor(alone, 'Ann')
  await browser.get('/polls/new')
  expect(page(browser).querySelector('[name=votersSignedIn]')).toBeNull()
  await alone.close()
})
