import { expect, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { minute } from '../../support/clock.ts'
import { openMatrixApp } from '../../support/matrix-app.ts'
import type { MatrixPerson } from '../../support/matrix-person.ts'
import { createPoll, textOf, textsOf, visitor } from '../../support/pages.ts'
import { createPerson } from '../../support/polls.ts'

const app = await closedAtEnd(openMatrixApp())

let people = 0
const newPerson = (name: string) => app.server.person(`${name}${++people}`)

/** A room of the person and the bot, in which the bot has introduced itself. */
async function directRoom(person: MatrixPerson): Promise<string> {
  const room = await person.createRoom({ is_direct: true, preset: 'trusted_private_chat', invite: [app.bot] })
  await expect.poll(async () => (await app.said(person, room)).length).toBe(1)
  return room
}

const codeOn = (browser: Browser) => /polldock-[a-z2-9]{6}-[a-z2-9]{6}/.exec(browser.page?.body ?? '')?.[0] ?? ''

/** Opens the page, and sends its code. @returns the code, and what the bot answered */
async function sendCode(browser: Browser, person: MatrixPerson, room: string) {
  await browser.get('/auth/matrix?back=/polls/new')
  const code = codeOn(browser)
  return { code, answer: await sent(person, room, code) }
}

async function sent(person: MatrixPerson, room: string, text: string) {
  const before = (await app.said(person, room)).length
  await person.say(room, text)
  await expect.poll(async () => (await app.said(person, room)).length).toBe(before + 1)
  return (await app.said(person, room)).at(-1)
}

const accountOf = ({ userId }: MatrixPerson) =>
  app.database.prisma.chatAccount.findFirst({ where: { chat: 'matrix', accountId: userId }, include: { person: true } })

test('who sends the code to the bot is signed in with that account in the browser that shows it', async () => {
  const ann = await newPerson('Ann')
  const browser = app.browser()
  const { code, answer } = await sendCode(browser, ann, await directRoom(ann))
  expect(answer).toMatch(/^Thank you\. Continue in the browser/)
  expect(await accountOf(ann)).toBeNull()
  await browser.post('/auth/matrix', { code })
  expect(browser.page?.headers.location).toBe('/polls/new')
  await browser.get('/me')
  expect(browser.page?.body).toContain('in Matrix')
  expect(await accountOf(ann)).toMatchObject({ name: expect.stringMatching(/^Ann/) })
})

test('before the bot has the code, and in another browser, nobody is signed in', async () => {
  const ann = await newPerson('Ann')
  const [browser, other] = [app.browser(), app.browser()]
  await browser.get('/auth/matrix')
  const code = codeOn(browser)
  await browser.post('/auth/matrix', { code })
  expect(browser.page?.statusCode).toBe(422)
  expect(textOf(browser, '.error')).toMatch(/^The bot has not got the code yet/)
  expect(codeOn(browser)).toBe(code)
  await sent(ann, await directRoom(ann), code)
  await other.get('/auth/matrix')
  await other.post('/auth/matrix', { code })
  expect(other.page?.statusCode).toBe(422)
  expect(await accountOf(ann)).toBeNull()
  await browser.post('/auth/matrix', { code })
  expect(browser.page?.headers.location).toBe('/me')
})

test('a code counts for the first account that sends it, and for 15 minutes', async () => {
  const [ann, eve] = [await newPerson('Ann'), await newPerson('Eve')]
  const [ofAnn, ofEve] = [await directRoom(ann), await directRoom(eve)]
  const browser = app.browser()
  const { code } = await sendCode(browser, ann, ofAnn)
  expect(await sent(eve, ofEve, code)).toMatch(/^This code is mistyped or has expired/)
  expect(await sent(ann, ofAnn, code)).toMatch(/^Thank you/)
  await browser.post('/auth/matrix', { code })
  expect(await accountOf(eve)).toBeNull()
  await browser.get('/auth/matrix')
  const late = codeOn(browser)
  app.clock.advance(16 * minute)
  expect(await sent(ann, ofAnn, late)).toMatch(/^This code is mistyped or has expired/)
})

test('who clicks several times is signed in by each answer, until they sign out', async () => {
  const ann = await newPerson('Ann')
  const browser = await visitor(app, 'Anna')
  const { code } = await sendCode(browser, ann, await directRoom(ann))
  const answers = await Promise.all(Array.from({ length: 4 }, () => browser.post('/auth/matrix', { code })))
  expect(answers.map(({ headers }) => headers.location)).toEqual(Array(4).fill('/polls/new'))
  const sessions = answers.map(({ cookies }) => cookies.find(({ name }) => name === 'polldock')?.value)
  for (const session of sessions) {
    const { body } = await app.app.inject({ url: '/me', cookies: { polldock: session ?? '' } })
    expect(body).toContain('in Matrix')
  }
  expect(await app.database.prisma.person.count({ where: { name: 'Anna' } })).toBe(1)
  await browser.get('/me')
  await browser.post('/sign-out')
  await browser.get('/auth/matrix')
  await browser.post('/auth/matrix', { code })
  expect(browser.page?.statusCode).toBe(422)
})

test('an account with the longest id can be unlinked', async () => {
  const browser = await visitor(app, 'Longina')
  const { createdBy } = (await app.services.polls.view((await createPoll(browser)).id)).poll
  const longest = { chat: 'matrix', accountId: `@${'x'.repeat(244)}:chat.test`, name: 'Longina' }
  await app.services.chatAccounts.signIn({ ...longest, email: null, avatarUrl: null }, createdBy)
  await browser.get('/me')
  const path = `/me/accounts/matrix/${encodeURIComponent(longest.accountId)}/unlink`
  expect((await browser.post(path)).statusCode).toBe(303)
  expect(await app.services.chatAccounts.of(createdBy.id)).toEqual([])
})

test('a name that the database refuses is changed, and signs in', async () => {
  const ann = await newPerson('Ann')
  const profile = `v3/profile/${encodeURIComponent(ann.userId)}/displayname`
  await ann.do('PUT', profile, { displayname: 'Ann\0\n\ud800' })
  const browser = app.browser()
  const { code } = await sendCode(browser, ann, await directRoom(ann))
  await browser.post('/auth/matrix', { code })
  expect(await accountOf(ann)).toMatchObject({ name: 'Ann \ufffd', person: { name: 'Ann \ufffd' } })
})

test('a code in a room of three does not count', async () => {
  const [ann, eve] = [await newPerson('Ann'), await newPerson('Eve')]
  const room = await directRoom(ann)
  await ann.invite(room, eve.userId)
  await eve.join(room)
  const browser = app.browser()
  const { code, answer } = await sendCode(browser, ann, room)
  expect(answer).toMatch(/^Other people can read this code here/)
  await browser.post('/auth/matrix', { code })
  expect(browser.page?.statusCode).toBe(422)
})

test('after five wrong codes an account has to wait', async () => {
  const eve = await newPerson('Eve')
  const room = await directRoom(eve)
  for (let tries = 0; tries < 5; tries++) expect(await sent(eve, room, 'polldock-aaaaaa-bbbbbb')).toMatch(/expired/)
  expect((await sendCode(app.browser(), eve, room)).answer).toMatch(/^Too many wrong codes/)
})

test('what was voted in the room and in the browser is one ballot of one person', async () => {
  const ann = await newPerson('Ann')
  const { room } = await app.connectedRoom(ann)
  const { poll, root } = await app.postedPoll(room, await createPerson(app.database))
  await ann.reply(room, root, '!vote 1')
  await app.settled()
  const browser = await visitor(app, 'Anna')
  await browser.get(`/polls/${poll.id}`)
  await browser.follow()
  await browser.post(`/polls/${poll.id}/ballot`, { choice: poll.options[1]?.id ?? '' })
  expect((await app.services.polls.view(poll.id)).poll.totalVotes).toBe(2)
  const { code } = await sendCode(browser, ann, await directRoom(ann))
  await browser.post('/auth/matrix', { code })
  const { options, totalVotes } = (await app.services.polls.view(poll.id)).poll
  expect([totalVotes, options.map(({ votes }) => votes)]).toEqual([1, [0, 1, 0]])
  await ann.reply(room, root, '!vote 3')
  await app.settled()
  const after = (await app.services.polls.view(poll.id)).poll
  expect([after.totalVotes, after.options.map(({ votes }) => votes)]).toEqual([1, [0, 0, 1]])
})

test('until they sign in, people are marked with their chat, which has checked the account, and not as guests', async () => {
  const ann = await newPerson('Ann')
  const { room } = await app.connectedRoom(ann)
  await ann.say(room, '!poll "Lunch?" "Pizza" "Soup"')
  await app.settled()
  const mirror = () => app.database.prisma.mirror.findFirst({ where: { connection: { externalId: room } } })
  await expect.poll(async () => (await mirror())?.threadId).toBeTruthy()
  const { pollId = '', threadId } = (await mirror()) ?? {}
  await ann.reply(room, threadId ?? '', '!vote 1')
  await ann.reply(room, threadId ?? '', 'With onions')
  await app.settled()
  const browser = app.browser()
  const names = async () => {
    await browser.get(`/polls/${pollId}`)
    await browser.follow()
    const creator = /Asked by (.+?) (just now|now|\d)/.exec(textOf(browser, '#head'))?.[1] ?? ''
    const places = ['[data-initials]', '#comment-list .byline strong', '#event-list strong:first-child']
    const shown = [creator, ...places.flatMap((place) => textsOf(browser, place))]
    return [...new Set(shown.map((name) => name.replace(/^Ann\d+/, 'Ann')))]
  }
  expect(await names()).toEqual(['Ann (Matrix)'])
  const { code } = await sendCode(browser, ann, await directRoom(ann))
  await browser.post('/auth/matrix', { code })
  expect(await names()).toEqual(['Ann'])
})

test('a person who is signed in with another chat gets the Matrix account too, with what it did', async () => {
  const ann = await newPerson('Ann')
  const { room } = await app.connectedRoom(ann)
  const { poll, root } = await app.postedPoll(room, await createPerson(app.database))
  await ann.reply(room, root, '!vote 1')
  await ann.reply(room, root, 'With onions')
  await app.settled()
  const browser = await visitor(app, 'Anna')
  const own = await createPoll(browser)
  const { createdBy } = (await app.services.polls.view(own.id)).poll
  const irc = { chat: 'irc', accountId: 'anna', name: 'Anna', email: null, avatarUrl: null }
  await app.services.chatAccounts.signIn(irc, createdBy)
  await browser.get('/auth/matrix')
  expect(browser.page?.body).toContain('Your Matrix account will belong to')
  const code = codeOn(browser)
  await sent(ann, await directRoom(ann), code)
  await browser.post('/auth/matrix', { code })
  expect((await accountOf(ann))?.person.id).toBe(createdBy.id)
  const ballots = await app.database.prisma.ballot.findMany({ where: { pollId: poll.id } })
  expect(ballots.map(({ personId }) => personId)).toEqual([createdBy.id])
  const [comment] = await app.services.polls.comments(poll.id, { limit: 5 })
  expect(comment?.author.id).toBe(createdBy.id)
})
