import { expect, test } from 'vitest'
import { openTestApp } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import { openPairedApp, pair, signedIn, through, userCalled } from '../../support/flowdock.ts'
import { createPoll, textOf, textsOf, visitor } from '../../support/pages.ts'

const paired = await closedAtEnd(openPairedApp())
const impostor = await visitor(paired, 'Maija Virtanen')
const poll = await createPoll(impostor)
await impostor.post(`${poll.path}/comments`, { body: 'I am Maija' })
const maija = await signedIn(paired, 'maija')
await maija.get(poll.path)
await maija.post(`${poll.path}/comments`, { body: 'No, I am' })

/** The names on pages and in the API of the creator, the commenters and the actors. */
async function shown() {
  const browser = paired.browser()
  await browser.get('/')
  const card = textOf(browser, `#poll-${poll.id} .card-foot`)
  await browser.get(poll.path)
  const [head] = textsOf(browser, '#head').map((text) => /Asked by (.+?) (just now|now|\d)/.exec(text)?.[1])
  const authors = textsOf(browser, '#comment-list .byline strong')
  const actors = new Set(textsOf(browser, '#event-list strong:first-child'))
  const { createdBy } = (await paired.app.inject(`/api/polls/${poll.id}`)).json()
  return {
    isInCard: card.includes('Maija Virtanen (guest)'),
    head,
    authors,
    actors: [...actors],
    isGuest: createdBy.isGuest,
  }
}

test('a guest who takes a person’s name is marked wherever it is shown', async () => {
  expect(await shown()).toEqual({
    isInCard: true,
    head: 'Maija Virtanen (guest)',
    authors: ['Maija Virtanen', 'Maija Virtanen (guest)'],
    actors: ['Maija Virtanen', 'Maija Virtanen (guest)'],
    isGuest: true,
  })
})

test('the mark goes once the guest signs in, and comes back when they unlink the account', async () => {
  await through(paired, impostor, '/auth/flowdock', { as: 'ben' })
  const signedIn = { isInCard: false, head: 'Maija Virtanen', actors: ['Maija Virtanen'], isGuest: false }
  expect(await shown()).toMatchObject(signedIn)
  const person = await paired.database.prisma.poll.findUniqueOrThrow({ where: { id: poll.id } })
  const accountId = String(userCalled(paired, 'ben').id)
  await paired.services.chatAccounts.unlink(person.createdById, { chat: 'flowdock', accountId })
  expect(await shown()).toMatchObject({ isInCard: true, head: 'Maija Virtanen (guest)', isGuest: true })
})

test('a guest is marked where the page says who approves options; a refusal names no guest', async () => {
  const moderated = await createPoll(await visitor(paired, 'Ben Okafor'), { optionsModerated: 'on' })
  const other = await visitor(paired, 'Cem')
  await other.get(moderated.path)
  await other.post(`${moderated.path}/options`, { title: 'Soup' })
  await other.follow()
  expect(textOf(other, '.proposals .hint')).toBe('People can vote for them after Ben Okafor (guest) approves them.')
  await other.post(`${moderated.path}/close`)
  expect(textOf(other, '#refusal')).toBe('Only the creator of this poll can close it.')
  expect((await other.get(`${moderated.path}/edit`)).body).not.toContain('Ben Okafor')
})

test('the page of connections marks a person who has unlinked the account', async () => {
  await pair(paired, await signedIn(paired, 'maija'))
  const chen = await signedIn(paired, 'chen')
  const creator = async () => {
    await chen.get('/connections')
    return /connected by (.+?) (just now|now|\d)/.exec(textOf(chen, '.connection .eyebrow'))?.[1]
  }
  expect(await creator()).toBe('Maija Virtanen')
  const { createdById } = await paired.database.prisma.connection.findFirstOrThrow()
  const accountId = String(userCalled(paired, 'maija').id)
  await paired.services.chatAccounts.unlink(createdById, { chat: 'flowdock', accountId })
  expect(await creator()).toBe('Maija Virtanen (guest)')
})

test('without a chat, nobody is marked', async () => {
  const alone = await openTestApp()
  const browser = await visitor(alone, 'Ann')
  await createPoll(browser)
  expect(browser.page?.body).not.toContain('(guest)')
  await alone.close()
})
