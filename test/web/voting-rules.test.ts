import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { castBallot, createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

const blocked = (browser: Browser, within = '#results') =>
  page(browser)
    .querySelectorAll(`${within} :is(input[name=choice]:not([value=""]), button)`)
    .map((control) => control.hasAttribute('disabled'))

async function voteFor(browser: Browser, path: string, fields: Record<string, string>): Promise<number> {
  await browser.get(path)
  return castBallot(browser, path, fields)
}

test('a final vote is marked as final, without a button to withdraw it', async () => {
  const { id, path, options } = await createPoll(ann, { votesFinal: 'on' })
  expect(textOf(ann, '#vote-meaning')).toContain('Votes are final: you cannot change yours.')
  expect(blocked(ann)).toEqual([false, false])
  await voteFor(ann, path, { choice: options[0] ?? '' })
  expect([blocked(ann), page(ann).querySelectorAll('#cast button')]).toEqual([[true, true], []])
  await ann.get('/')
  expect(blocked(ann, `#poll-${id}`)).toEqual([])
  expect(await voteFor(ann, path, { choice: options[1] ?? '' })).toBe(409)
  expect(textOf(ann, '#vote [role=alert]')).toBe('In this poll votes are final: you cannot change yours.')
  expect((await ann.post(`${path}/ballot/withdraw`)).statusCode).toBe(409)
  expect(textsOf(ann, '#results [data-mine] .option-title')).toEqual(['Tres Bones'])
})

test('of several options, only chosen ones are final', async () => {
  const { path, options } = await createPoll(ann, { votesFinal: 'on', method: 'multiple_choice' })
  await voteFor(ann, path, { choice: options[1] ?? '' })
  expect(blocked(ann)).toEqual([false, true])
  expect(await voteFor(ann, path, { choice: options[0] ?? '' })).toBe(409)
  expect(textOf(ann, '#vote [role=alert]')).toContain('votes are final: you can add options, but not withdraw any.')
})

const dates = { timeZone: 'UTC', day: ['2027-12-24', '2027-12-25'] }

test.each<[string, (ids: string[]) => Record<string, string>, string, string]>([
  [
    'single_choice',
    ([a = '']) => ({ choice: a }),
    'Cast your vote for Tres Bones? You cannot change it afterwards.',
    'Cast my vote',
  ],
  [
    'multiple_choice',
    ([a = '']) => ({ choice: a }),
    'Cast your vote for Tres Bones? Afterwards, you can add options, but not withdraw any.',
    'Cast my vote',
  ],
  [
    'ranked',
    ([a, b]) => ({ [`place.${a}`]: '2', [`place.${b}`]: '1' }),
    'Cast your ranking: Noodle Bar and Tres Bones? You cannot change it afterwards.',
    'Cast my ranking',
  ],
  [
    'score',
    ([a]) => ({ [`option.${a}`]: '4' }),
    'Cast your points for 1 option? Afterwards, you can give points to more options, but not change any.',
    'Cast my points',
  ],
  [
    'dates',
    ([a, b]) => ({ [`option.${a}`]: 'yes', [`option.${b}`]: 'no' }),
    'Cast your answers for 2 dates? You cannot change them afterwards.',
    'Cast my answers',
  ],
])('a final vote of a %s poll is asked about before it is cast', async (method, ballotOf, question, button) => {
  const { path, options } = await createPoll(ann, { ...dates, votesFinal: 'on', method })
  expect(textOf(ann, '#vote .primary')).toBe(button)
  const fields = ballotOf(options)
  expect((await ann.post(`${path}/ballot`, fields)).statusCode).toBe(200)
  expect(textOf(ann, '#final-vote-question')).toBe(question)
  expect(textsOf(ann, '#final-vote button')).toEqual([button, 'Not yet'])
  const isChosen = () => page(ann).querySelectorAll('#ballot li :is([checked]:not([value=""]), [selected])').length
  expect(isChosen()).toBe(Object.keys(fields).length)
  // "Not yet" keeps what was chosen.
  await ann.post(`${path}/ballot`, { ...fields, 'not-yet': '' })
  expect([isChosen(), textsOf(ann, '#final-vote')]).toEqual([Object.keys(fields).length, []])
  await ann.get(path)
  expect(textOf(ann, '#standing')).toContain('Nobody has voted yet')
  expect(await castBallot(ann, path, fields)).toBe(303)
  expect(textOf(ann, '#vote-status')).toMatch(/is counted|are counted/)
})

test('a confirmation counts for what was asked, and a newcomer is asked first for it and then for a name', async () => {
  const { path, options } = await createPoll(ann, { votesFinal: 'on' })
  const [first = '', second = ''] = options
  const newcomer = testApp.browser()
  await newcomer.get(path)
  const confirming = () => {
    const button = page(newcomer).querySelector('#final-vote .primary')
    return { [button?.getAttribute('name') ?? '']: '' }
  }
  await newcomer.post(`${path}/ballot`, { choice: first })
  const confirmed = confirming()
  // A changed choice and a renamed option are asked about again.
  await newcomer.post(`${path}/ballot`, { choice: second, ...confirmed })
  expect(textOf(newcomer, '#final-vote-question')).toContain('Cast your vote for Noodle Bar?')
  await ann.post(`${path}/options/${first}`, { title: 'Dos Bones' })
  await newcomer.post(`${path}/ballot`, { choice: first, ...confirmed })
  expect(textOf(newcomer, '#final-vote-question')).toContain('Cast your vote for Dos Bones?')
  await newcomer.post(`${path}/ballot`, { choice: first, ...confirming() })
  expect(textOf(newcomer, 'h1')).toBe('What is your name?')
  const carried = page(newcomer).querySelectorAll('main input[type=hidden]')
  const fields = carried.map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''])
  await newcomer.post(`${path}/ballot`, { ...Object.fromEntries(fields), displayName: 'Eve' })
  await newcomer.follow()
  expect(textOf(newcomer, '#vote-status')).toContain('Your vote for Dos Bones is counted. It is final.')
})

test('a final ranking cannot be moved, and final points stay', async () => {
  const ranking = await createPoll(ann, { votesFinal: 'on', method: 'ranked' })
  await voteFor(ann, ranking.path, { choice: ranking.options[1] ?? '' })
  expect(page(ann).querySelector('#ranking .places li select, #ranking [name=withdraw]')?.id).toBe(
    `place-${ranking.options[0]}`,
  )
  const scores = await createPoll(ann, { votesFinal: 'on', method: 'score' })
  await voteFor(ann, scores.path, { [`option.${scores.options[0]}`]: '4' })
  const enabled = page(ann).querySelectorAll('#scores li input:not([disabled])')
  expect(enabled.map((input) => input.getAttribute('value'))).toEqual(['4', '', '0', '1', '2', '3', '4', '5'])
  const given = { [`option.${scores.options[0]}`]: '4', [`option.${scores.options[1]}`]: '1' }
  expect(await voteFor(ann, scores.path, given)).toBe(303)
  expect(page(ann).querySelector('#save-scores')).toBeNull()
})

test('the page shows the votes per maximum, and a full option is closed to others', async () => {
  const { id, path, options } = await createPoll(ann, { capacity: '1' })
  await voteFor(ann, path, { choice: options[0] ?? '' })
  expect(textsOf(ann, '#results .option-count')).toEqual(['100% 1 of 1 possible vote', '0% 0 of 1 possible vote'])
  expect(blocked(ann)).toEqual([false, false])
  await bob.get(path)
  expect([blocked(bob), textsOf(bob, '.full')]).toEqual([[true, false], ['Full']])
  await bob.get('/')
  expect(blocked(bob, `#poll-${id}`)).toEqual([true, false])
  expect(await voteFor(bob, path, { choice: options[0] ?? '' })).toBe(409)
  expect(textOf(bob, '#vote [role=alert]')).toBe('“Tres Bones” is full: its only place is taken.')
})

test('the poll closes when everybody has voted, and says why', async () => {
  const { path, options } = await createPoll(ann, { electorate: '2' })
  expect(textOf(ann, '#standing .total')).toBe('0 of 2 votes')
  await voteFor(ann, path, { choice: options[0] ?? '' })
  await voteFor(bob, path, { choice: options[0] ?? '' })
  expect(textOf(bob, '#standing')).toBe('Winner: Tres Bones 2 of 2 votes')
  expect(textOf(bob, '#event-list p')).toBe('Ann closed the poll as all had voted. Winner: Tres Bones')
})

test.each([
  [
    { electorate: '0' },
    '#electorate',
    'Enter how many voters you expect: a whole number from 1 to 1,000,000, or leave it empty.',
  ],
  [
    { capacity: 'few' },
    '#capacity',
    'Enter how many people can choose the same option: a whole number from 1 to 1,000,000, or leave it empty.',
  ],
  [{ quorum: '5', electorate: '3' }, '#quorum', 'This minimum exceeds the number of voters. Lower it.'],
  [
    { capacity: '2', resultsVisible: 'after_closing' },
    '#capacity',
    'With maximum votes per option, results are always visible. Show them always, or leave this empty.',
  ],
])('a new poll with %j is refused, and all typed text stays', async (fields, input, message) => {
  await ann.get('/polls/new')
  const typed = { title: 'Which?', options: ['A', 'B'], votesFinal: 'on', ...fields }
  expect((await ann.post('/polls', typed)).statusCode).toBe(422)
  expect(textOf(ann, `${input}-error`)).toBe(message)
  expect(page(ann).querySelector(input)?.getAttribute('value')).toBe(Object.values(fields)[0])
  expect(page(ann).querySelector('#rules')?.hasAttribute('open')).toBe(true)
  expect(page(ann).querySelector('[name=votesFinal]')?.hasAttribute('checked')).toBe(true)
})
