import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

const rename = (path: string, option: string | undefined, fields: Record<string, string>) =>
  ann.post(`${path}/options/${option}`, fields)

const shownRevision = (browser: Browser) =>
  page(browser).querySelector('#ballot [name=shownRevision]')?.getAttribute('value') ?? ''

const votes = async (id: string) => (await testApp.services.polls.view(id)).poll.totalVotes

test('a vote from a page with an old title needs a confirmation, and counts with the new title', async () => {
  const { id, path, options } = await createPoll(ann)
  const [choice = ''] = options
  await bob.get(path)
  const shown = shownRevision(bob)
  await rename(path, choice, { title: 'Sushi' })
  expect((await bob.post(`${path}/ballot`, { choice, shownRevision: shown })).statusCode).toBe(409)
  expect(textOf(bob, '#vote [role=alert]')).toBe(
    'An option was renamed meanwhile: it is “Sushi” now. Your vote was not counted. Check it, and vote again.',
  )
  expect(await votes(id)).toBe(0)
  expect((await bob.post(`${path}/ballot`, { choice, shownRevision: shownRevision(bob) })).statusCode).toBe(303)
  expect(await votes(id)).toBe(1)
  await expectConsistent(testApp.database, id)
})

test('a vote from a list with an old title needs a confirmation on the page of the poll', async () => {
  const { id, path, options } = await createPoll(ann)
  await bob.get('/')
  const form = page(bob).querySelector(`form:has(#poll-${id})`)
  const shown = form?.querySelector('[name=shownRevision]')?.getAttribute('value') ?? ''
  await rename(path, options[0], { title: 'Sushi' })
  const fields = { choice: options[0] ?? '', shownRevision: shown, back: '/' }
  const { statusCode } = await bob.post(form?.getAttribute('action') ?? '', fields)
  expect([statusCode, textOf(bob, 'h1'), await votes(id)]).toEqual([409, 'Where to eat lunch?', 0])
})

/** Gives the poll another title, as its creator. */
async function ask(pollId: string, title: string): Promise<void> {
  const { poll } = await testApp.services.polls.view(pollId)
  await testApp.services.ballotBox.submit({ pollId, command: { type: 'edit', title, by: poll.createdBy } })
}

test('a vote from a page with an old question needs a confirmation, and counts with the new question', async () => {
  const { id, path, options } = await createPoll(ann)
  const [choice = ''] = options
  await bob.get(path)
  const shown = shownRevision(bob)
  await ask(id, 'Where to eat dinner?')
  expect((await bob.post(`${path}/ballot`, { choice, shownRevision: shown })).statusCode).toBe(409)
  expect([textOf(bob, 'h1'), textOf(bob, '#vote [role=alert]')]).toEqual([
    'Where to eat dinner?',
    'The question was changed meanwhile: it is “Where to eat dinner?” now. Your vote was not counted. Check it, and vote again.',
  ])
  expect(await votes(id)).toBe(0)
  expect((await bob.post(`${path}/ballot`, { choice, shownRevision: shownRevision(bob) })).statusCode).toBe(303)
  expect(await votes(id)).toBe(1)
  await expectConsistent(testApp.database, id)
})

test('a vote from a list with an old question needs a confirmation on the page of the poll', async () => {
  const { id, options } = await createPoll(ann)
  await bob.get('/')
  const form = page(bob).querySelector(`form:has(#poll-${id})`)
  const shown = form?.querySelector('[name=shownRevision]')?.getAttribute('value') ?? ''
  await ask(id, 'Where to eat dinner?')
  const fields = { choice: options[0] ?? '', shownRevision: shown, back: '/' }
  const { statusCode } = await bob.post(form?.getAttribute('action') ?? '', fields)
  expect([statusCode, textOf(bob, 'h1'), await votes(id)]).toEqual([409, 'Where to eat dinner?', 0])
})

test('points for an old question need a confirmation, and stay in their fields', async () => {
  const { id, path, options } = await createPoll(ann, { method: 'score', options: ['A', 'B'] })
  await bob.get(path)
  const tag = () => page(bob).querySelector('#scores')?.getAttribute('data-options')
  const before = tag()
  const points = Object.fromEntries(options.map((option, index) => [`option.${option}`, String(index + 2)]))
  const sent = { ...points, shownRevision: shownRevision(bob) }
  await ask(id, 'What was best?')
  expect((await bob.post(`${path}/ballot`, sent)).statusCode).toBe(409)
  const kept = options.map((option) => page(bob).querySelector(`#scored-${option} [checked]`)?.getAttribute('value'))
  expect([kept, await votes(id)]).toEqual([['2', '3'], 0])
  // An open page that shows the new question sees by this that it has to fetch its form again.
  expect(tag()).not.toBe(before)
})

test('a moved date needs a new answer, and the other answers stay', async () => {
  const dates = { method: 'dates', timeZone: 'Europe/Berlin', options: [] }
  const day = ['2026-12-24', '2026-12-25']
  const { id, path, options } = await createPoll(ann, { ...dates, day, from: ['18:00', '18:00'] })
  const [first = '', second = ''] = options
  await bob.get(path)
  const said = { [`option.${first}`]: 'yes', [`option.${second}`]: 'if_need_be', shownRevision: shownRevision(bob) }
  await rename(path, first, { day: '2026-12-24', from: '20:00', to: '', lastDay: '' })
  expect((await bob.post(`${path}/ballot`, said)).statusCode).toBe(409)
  expect(textOf(bob, '#vote [role=alert]')).toContain('“Thu, 24 Dec 2026, 20:00 CET”')
  const checked = page(bob)
    .querySelectorAll('#dates input[checked]:not([value=""])')
    .map((input) => input.getAttribute('id'))
  expect(checked).toEqual([`if_need_be-${second}`])
  expect(await votes(id)).toBe(0)
})

test('refused points stay in their fields, except for a renamed option', async () => {
  const { path, options } = await createPoll(ann, { method: 'score', options: ['A', 'B', 'C'] })
  await bob.get(path)
  const points = Object.fromEntries(options.map((option, index) => [`option.${option}`, String(index + 2)]))
  const sent = { ...points, shownRevision: shownRevision(bob) }
  await rename(path, options[0], { title: 'Z' })
  expect((await bob.post(`${path}/ballot`, sent)).statusCode).toBe(409)
  const kept = options.map((option) => page(bob).querySelector(`#scored-${option} [checked]`)?.getAttribute('value'))
  expect(kept).toEqual([undefined, '3', '4'])
})

test('the API accepts the revision that a voter saw as a condition', async () => {
  const { id, path, options } = await createPoll(ann)
  const { token } = (await testApp.app.inject({ method: 'POST', url: '/api/guests', payload: { name: 'Cem' } })).json()
  const cast = (shownRevision: unknown) =>
    testApp.app.inject({
      method: 'PUT',
      url: `/api/polls/${id}/ballot`,
      headers: { authorization: `Bearer ${token}` },
      payload: { choices: [options[0]], shownRevision },
    })
  await rename(path, options[0], { title: 'Sushi' })
  expect((await cast(1)).json()).toMatchObject({ status: 409, code: 'option_renamed', revision: 2 })
  expect((await cast(0)).json()).toMatchObject({ status: 422, errors: [{ path: 'shownRevision' }] })
  await ask(id, 'Where to eat dinner?')
  expect((await cast(2)).json()).toMatchObject({ status: 409, code: 'title_changed', revision: 3 })
  expect((await cast(3)).json()).toMatchObject({ totalVotes: 1 })
})
