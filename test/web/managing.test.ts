import { beforeEach, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { day } from '../support/clock.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

let poll: PagePoll

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

beforeEach(async () => {
  poll = await createPoll(ann)
  await bob.get(poll.path)
})

const vote = () => bob.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
const field = (browser: Browser, selector: string) => page(browser).querySelector(selector)

test('a new question is asked about once people have voted, and the former one is shown', async () => {
  await vote()
  await ann.get(`${poll.path}/edit`)
  const edited = { title: 'Shall we close the office?', description: '', category: '', optionsOpen: 'on' }
  expect((await ann.post(`${poll.path}/edit`, edited)).statusCode).toBe(409)
  expect(textOf(ann, '#confirm-question')).toMatch(/^One person has answered the question as it is\./)
  expect(field(ann, '#title')?.getAttribute('value')).toBe('Shall we close the office?')
  expect((await ann.post(`${poll.path}/edit`, { ...edited, isConfirmed: '' })).statusCode).toBe(303)
  await bob.get(`/polls/${poll.id}`)
  await bob.follow()
  expect(textOf(bob, '.former-question')).toBe(
    'The question was changed after people voted. It was: Where to eat lunch?',
  )
  await expectConsistent(testApp.database, poll.id)
})

test('before anybody votes, a new question needs no confirmation', async () => {
  await ann.get(`${poll.path}/edit`)
  expect((await ann.post(`${poll.path}/edit`, { title: 'Dinner?', description: '' })).statusCode).toBe(303)
  await ann.follow()
  expect(field(ann, '.former-question')).toBeNull()
})

test('a poll is used again: everything is copied but the votes', async () => {
  await vote()
  await ann.get(`${poll.path}/again`)
  expect(textOf(ann, 'h1')).toBe('New poll')
  expect(field(ann, '#title')?.getAttribute('value')).toBe('Where to eat lunch?')
  const rows = page(ann).querySelectorAll('input[name=options]')
  expect(rows.map((row) => row.getAttribute('value')).filter(Boolean)).toEqual(['Tres Bones', 'Noodle Bar'])
  expect(field(ann, 'input[name=optionsOpen]')?.hasAttribute('checked')).toBe(true)
  expect(field(ann, '.error-summary')).toBeNull()
  await bob.get(poll.path)
  expect(textOf(bob, '.like-this')).toBe('Make a poll like this')
})

test('only the creator copies the voter list; past times are flagged', async () => {
  const listed = await createPoll(ann, { roll: 'Ann\nBob', title: 'Listed' })
  await ann.get(`${listed.path}/again`)
  expect(field(ann, '#roll')?.text).toBe('Ann\nBob')
  await bob.get(`${listed.path}/again`)
  expect(field(bob, '#roll')?.text).toBe('')
  const rows = { preset: 'dates', timeZone: 'UTC', day: ['2026-03-20', '2030-12-25'], from: '', lastDay: '', to: '' }
  const dates = await createPoll(ann, { title: 'When?', ...rows })
  testApp.clock.advance(10 * day)
  await ann.get(`${dates.path}/again`)
  const days = page(ann).querySelectorAll('input[name=day]')
  expect(days.map((row) => row.getAttribute('value')).filter(Boolean)).toEqual(['2026-03-20', '2030-12-25'])
  expect(textOf(ann, '.error-summary')).toMatch(/^One thing needs correcting/)
})

test('the creator sets a vote aside with a reason, and counts it again', async () => {
  await vote()
  await ann.get(`${poll.path}/votes/manage`)
  const form = field(ann, 'form[action$="/aside"]')?.getAttribute('action') ?? ''
  expect((await bob.post(form, { reason: 'Mine' })).statusCode).toBe(403)
  expect((await ann.post(form, { reason: ' ' })).statusCode).toBe(422)
  await ann.post(form, { reason: 'Voted for a friend' })
  await ann.follow()
  expect(textsOf(ann, '.managed-votes li p')).toEqual(['Bob: Voted for a friend'])
  await bob.get(poll.path)
  expect(textOf(bob, '#ballot-notice')).toBe(
    'The creator set your vote aside, so it does not count. The reason: Voted for a friend. You cannot vote again; ask the creator to count it again.',
  )
  expect(textOf(bob, '#event-list li')).toMatch(/^Ann set the vote of Bob for Tres Bones aside: Voted for a friend/)
  expect((await vote()).statusCode).toBe(409)
  const onCard = () => [
    page(bob).querySelectorAll(`#poll-${poll.id} button`).length,
    ...['.card-link', '.hint'].map((part) => textsOf(bob, `#poll-${poll.id} ${part}`)),
  ]
  await bob.get('/')
  expect(onCard()).toEqual([0, ['Why your vote does not count'], []])
  await expectConsistent(testApp.database, poll.id)
  await ann.get(`${poll.path}/votes/manage`)
  await ann.post(field(ann, 'form[action$="/restore"]')?.getAttribute('action') ?? '')
  await bob.get('/')
  expect(onCard()).toEqual([2, [], []])
  await bob.get(poll.path)
  expect(textOf(bob, '#ballot-notice')).toBe('')
  expect(textOf(bob, '#event-list li')).toMatch(/^Ann counted the vote of Bob for Tres Bones again/)
  await expectConsistent(testApp.database, poll.id)
})

test('a poll whose only vote was set aside has been voted in', async () => {
  await vote()
  await ann.get(`${poll.path}/votes/manage`)
  await ann.post(field(ann, 'form[action$="/aside"]')?.getAttribute('action') ?? '', { reason: 'Not invited' })
  await ann.get(poll.path)
  expect([field(ann, '#creator a[href$="/votes/manage"]') !== null, field(ann, '#delete')]).toEqual([true, null])
  expect(textOf(ann, 'main')).not.toContain('Your poll is ready')
  const edited = { title: 'Where not to eat?', description: '', category: '', optionsOpen: 'on' }
  expect((await ann.post(`${poll.path}/edit`, edited)).statusCode).toBe(409)
  await ann.post(`${poll.path}/edit`, { ...edited, isConfirmed: '' })
  await ann.follow()
  expect(textOf(ann, '.former-question')).toContain('It was: Where to eat lunch?')
})

test('a voter whose vote was set aside votes again once its only option is gone', async () => {
  poll = await createPoll(ann, { options: ['Tres Bones', 'Noodle bar', 'Soup kitchen'] })
  await bob.get(poll.path)
  await vote()
  await ann.get(`${poll.path}/votes/manage`)
  await ann.post(field(ann, 'form[action$="/aside"]')?.getAttribute('action') ?? '', { reason: 'Not invited' })
  const [option = '', other = ''] = poll.options
  await ann.get(`${poll.path}/options/${option}/remove`)
  await ann.post(`${poll.path}/options/${option}/remove`, { isConfirmed: '' })
  await bob.get(poll.path)
  expect(textOf(bob, '#ballot-notice')).toMatch(/^The option that you voted for was removed: Tres Bones\. Choose again/)
  expect((await bob.post(`${poll.path}/ballot`, { choice: other })).statusCode).toBe(303)
  await expectConsistent(testApp.database, poll.id)
})

test('dates keep their counts for a voter whose vote was set aside', async () => {
  const rows = { preset: 'dates', timeZone: 'UTC', day: ['2030-12-24', '2030-12-25'], from: '', lastDay: '', to: '' }
  const dates = await createPoll(ann, { title: 'When?', ...rows })
  await bob.get(dates.path)
  const said = Object.fromEntries(dates.options.map((id) => [`option.${id}`, 'yes']))
  await bob.post(`${dates.path}/ballot`, { graded: 'on', ...said })
  await ann.get(`${dates.path}/votes/manage`)
  await ann.post(field(ann, 'form[action$="/aside"]')?.getAttribute('action') ?? '', { reason: 'Not invited' })
  await bob.get(dates.path)
  expect(textOf(bob, '#ballot-notice')).toContain('Not invited')
  expect(textsOf(bob, '[id^=count-]')).toHaveLength(2)
  expect([field(bob, '#dates[disabled]') !== null, field(bob, '#save-dates'), field(bob, '#how-to-vote')]).toEqual([
    true,
    null,
    null,
  ])
})
