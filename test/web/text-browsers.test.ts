import { expect, test } from 'vitest'
import { pollPath } from '../../src/polls/model/ids.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { debianProgram } from '../support/debian-programs.ts'
import { picks } from '../support/picks.ts'
import { type Asked, createPerson, createPoll } from '../support/polls.ts'
import { TextBrowser, type TextBrowserName, textBrowsers } from '../support/text-browser.ts'

const names = Object.keys(textBrowsers) as TextBrowserName[]
// All at once, the first time.
const tmux = await debianProgram('tmux', 'tmux', ...names)
const found = await Promise.all(names.map(async (name) => ((await debianProgram(name)) ? [name] : [])))

const testApp = await closedAtEnd(openTestApp())
const url = await testApp.listen()

const timeout = 240_000

test.skipIf(!tmux).concurrent.for(found.flat())('polls are created and voted in with %s', { timeout }, async (name) => {
  const browser = await TextBrowser.start(name, `${url}/polls/new`)
  try {
    await create(browser, name)
    await vote(browser)
    await choose(browser)
    await rank(browser)
    await score(browser)
    await answerDates(browser)
  } finally {
    await browser.close()
  }
})

/** As a visitor without a name. */
async function create(browser: TextBrowser, name: string): Promise<void> {
  await browser.reads('Create the poll')
  await browser.fill('Question', `Lunch with ${name}?`)
  await browser.fill('empty rows are ignored', 'Soup')
  for (const title of ['Salad', 'Bread', 'Cake']) await browser.fillNext(title)
  await browser.press('Create the poll')
  await browser.reads('What is your name?')
  await browser.fill('Your name', `Ann of ${name}`)
  await browser.press('Continue')
  await browser.reads(/Your poll is ready.*Soup.*Salad.*Bread.*Cake/)
  // Some browsers start in the first of the two fields with links.
  await browser.skip(2)
}

async function vote(browser: TextBrowser): Promise<void> {
  const poll = await newPoll({ title: 'What to eat?', options: ['Pizza', 'Sushi'] })
  await open(browser, poll)
  await browser.press('Sushi')
  await browser.press('Vote')
  await browser.reads(/Your vote for Sushi is counted/)
  expect(await votes(poll)).toEqual([0, 1])
  await browser.press('Pizza')
  await browser.press('Change my vote')
  await browser.reads(/Your vote for Pizza is counted/)
  expect(await votes(poll)).toEqual([1, 0])
  await browser.press('Withdraw my vote')
  await browser.reads('Nobody has voted yet')
  expect(await votes(poll)).toEqual([0, 0])
}

async function choose(browser: TextBrowser): Promise<void> {
  const poll = await newPoll({ title: 'Which colours?', method: 'multiple_choice', options: ['Red', 'Green', 'Blue'] })
  await open(browser, poll)
  for (const title of ['Green', 'Blue']) await browser.press(title)
  await browser.press('Save my choices')
  await browser.reads(/Your vote for Green and Blue is counted/)
  expect(await votes(poll)).toEqual([0, 1, 1])
  await browser.press('Green')
  await browser.press('Save my choices')
  await browser.reads(/Your vote for Blue is counted/)
  expect(await votes(poll)).toEqual([0, 0, 1])
}

async function rank(browser: TextBrowser): Promise<void> {
  const poll = await newPoll({ title: 'Which town?', method: 'ranked', options: ['Rome', 'Oslo', 'Bern'] })
  await open(browser, poll)
  await browser.reads('Save my ranking')
  await browser.press('Save my ranking')
  await browser.reads('Rank at least one option')
}

async function score(browser: TextBrowser): Promise<void> {
  const poll = await newPoll({ title: 'Which drink?', method: 'score', options: ['Tea', 'Milk', 'Water'] })
  await open(browser, poll)
  await browser.press('4', { after: 'Milk' })
  await browser.press('Save my points')
  await browser.reads('Your points are counted')
  expect(await votes(poll)).toEqual([0, 4, 0])
  await browser.press('5', { after: 'Water' })
  await browser.press('Save my points')
  await browser.reads('5.0 of 5')
  expect(await votes(poll)).toEqual([0, 4, 5])
  await browser.press('Withdraw my vote')
  await browser.reads('Nobody has voted yet')
}

/** What is not answered stays unanswered: in Lynx, the first choice of a group is always chosen. */
async function answerDates(browser: TextBrowser): Promise<void> {
  const poll = await newPoll({
    title: 'Which day?',
    method: 'dates',
    timeZone: 'UTC',
    options: ['2027-12-24', '2027-12-25', '2027-12-26'],
  })
  await open(browser, poll)
  await browser.press('Skip to the content')
  await browser.press('Yes', { after: 'Fri, 24 Dec 2027' })
  await browser.press(/No(?! answer)/, { after: 'Sat, 25 Dec 2027' })
  await browser.press('Save my answers')
  await browser.reads('Withdraw my answers')
  const answers = async () =>
    (await testApp.services.polls.votesPage(poll.id, { from: '', limit: 1 })).votes.flatMap(({ choices }) => choices)
  const [first, second] = poll.options.map(({ id }) => id)
  expect(await answers()).toEqual(picks(`${first}=yes`, `${second}=no`))
  await browser.press('If need be', { after: 'Sat, 25 Dec 2027' })
  await browser.press('Save my answers')
  await browser.reads('1 if need be')
  expect(await answers()).toEqual(picks(`${first}=yes`, `${second}=if_need_be`))
  await browser.press('Withdraw my answers')
  await browser.reads('Nobody has voted yet')
  expect(await answers()).toEqual([])
  await browser.reads('Write each day as in 2026-12-24')
  await browser.fill('Day', '27 Dec 2027')
  await browser.fill('Last day', '28.12.2027')
  await browser.press('Add')
  await browser.reads('added the option Mon, 27 Dec – Tue, 28 Dec 2027')
}

async function newPoll(asked: Asked): Promise<Poll> {
  return createPoll(testApp.services.ballotBox, await createPerson(testApp.database), asked)
}

async function open(browser: TextBrowser, poll: Poll): Promise<void> {
  await browser.open(`${url}${pollPath(poll)}`)
  await browser.reads(poll.title)
}

/** How many votes, points or first choices each option has. */
async function votes({ id }: Poll): Promise<number[]> {
  return (await testApp.services.polls.view(id)).poll.options.map((option) => option.votes)
}
