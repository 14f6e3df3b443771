import { expect, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { openStream } from '../../support/event-stream.ts'
import { type Nick, openPairedApp, signedIn, through } from '../../support/flowdock.ts'
import { createPoll, type PagePoll, textOf, visitor } from '../../support/pages.ts'
import { expectConsistent } from '../../support/polls.ts'

const paired = await closedAtEnd(openPairedApp())

async function vote(browser: Browser, poll: PagePoll, option: number) {
  await browser.get(poll.path)
  await browser.post(`${poll.path}/ballot`, { choice: poll.options[option] ?? '' })
}

async function signIn(browser: Browser, as: Nick) {
  await through(paired, browser, '/auth/flowdock', { as })
  await browser.follow()
}

test('a guest who signs in keeps what they did, and the next page says so once', async () => {
  await signedIn(paired, 'maija')
  const guest = await visitor(paired, 'Ann & co')
  const poll = await createPoll(guest)
  await vote(guest, poll, 1)
  await signIn(guest, 'maija')
  expect(textOf(guest, '#main > .done')).toBe('What you did as Ann & co is yours now.')
  await guest.get(poll.path)
  expect(textOf(guest, '#main > .done')).toBe('')
  expect(textOf(guest, '#creator h2')).toBe('Your poll')
  expect(textOf(guest, '#head')).toContain('Maija Virtanen')
  expect(textOf(guest, '#event-list .guest_merged')).toContain(
    'Maija Virtanen was the guest Ann & co here, who voted for Noodle Bar',
  )
  await expectConsistent(paired.database, poll.id)
})

test('a guest who also voted as a person in another browser keeps the newer vote', async () => {
  const ben = await signedIn(paired, 'ben')
  const poll = await createPoll(await visitor(paired, 'Creator'))
  await vote(ben, poll, 1)
  const guest = await visitor(paired, 'Guest')
  await vote(guest, poll, 0)
  await signIn(guest, 'ben')
  for (const browser of [guest, ben]) {
    await browser.get(poll.path)
    expect(textOf(browser, '.option[data-mine] .option-title')).toBe('Tres Bones')
  }
  const [ballot, ...others] = await paired.database.prisma.ballot.findMany({ where: { pollId: poll.id } })
  expect(ballot?.choices).toEqual([poll.options[0]])
  expect(others).toEqual([])
  await expectConsistent(paired.database, poll.id)
})

test('a returning person, and a guest who is new to Flowdock, get no notice', async () => {
  const browser = await visitor(paired, 'Newcomer')
  await signIn(browser, 'chen')
  expect(textOf(browser, '#main > .done')).toBe('')
  await signIn(browser, 'chen')
  expect(textOf(browser, '#main > .done')).toBe('')
})

test('open pages show the merged counts and the person’s vote at once', async () => {
  const rosa = await signedIn(paired, 'rosa')
  const poll = await createPoll(await visitor(paired, 'Creator'))
  await vote(rosa, poll, 1)
  const guest = await visitor(paired, 'Guest')
  await vote(guest, poll, 0)
  const url = await paired.listen()
  const cookie = `polldock=${rosa.cookies.get('polldock')}`
  const stream = await openStream(`${url}/polls/${poll.id}/stream?since=3`, { cookie })
  await signIn(guest, 'rosa')
  const seen = [await stream.next(), await stream.next()]
  stream.close()
  const of = (name: string) => seen.find(({ event }) => event === name)?.data
  expect(of('poll')).toMatchObject({ revision: 4 })
  expect(of('ballot')).toEqual({ choices: [poll.options[0]] })
})
