import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

async function rename(path: string, option: string | undefined, fields: Record<string, string>, browser = ann) {
  await browser.get(`${path}/options/${option}`)
  const { statusCode } = await browser.post(`${path}/options/${option}`, fields)
  if (statusCode === 303) await browser.follow()
  return statusCode
}

const titles = () => textsOf(ann, '#vote .option-title')

test('an option that nobody has voted for is renamed', async () => {
  const { id, path, options } = await createPoll(ann)
  await ann.get(`${path}/edit`)
  expect(textsOf(ann, '.rename-list li')).toEqual([
    'Tres Bones Rename Tres Bones Remove Tres Bones',
    'Noodle Bar Rename Noodle Bar Remove Noodle Bar',
  ])
  expect(await rename(path, options[0], { title: 'Tres Buenas' })).toBe(303)
  expect([titles(), textsOf(ann, '.former')]).toEqual([['Tres Buenas', 'Noodle Bar'], []])
  expect(textOf(ann, '#event-list p')).toBe('Ann renamed the option Tres Bones to Tres Buenas')
  await expectConsistent(testApp.database, id)
})

test('after votes a rename needs a confirmation, and the page shows the former title', async () => {
  const { id, path, options } = await createPoll(ann)
  await bob.get(path)
  await bob.post(`${path}/ballot`, { choice: options[0] ?? '' })
  expect(await rename(path, options[0], { title: 'Sushi' })).toBe(409)
  expect(textOf(ann, 'form [role=alert]')).toBe(
    'One person has voted. Confirm that you want to rename the option: they will see its former name.',
  )
  expect(page(ann).querySelector('#title')?.getAttribute('value')).toBe('Sushi')
  expect(textOf(ann, '[name=isConfirmed]')).toBe('Rename it anyway')
  expect(await rename(path, options[0], { title: 'Sushi', isConfirmed: 'on' })).toBe(303)
  await bob.get(path)
  expect(textOf(bob, '#results .option')).toContain('People voted for it as Tres Bones.')
  expect(textOf(bob, '#event-list p')).toBe('Ann renamed the option Tres Bones to Sushi')
  expect((await bob.get(`/api/polls/${id}`)).json().options[0]).toMatchObject({
    title: 'Sushi',
    formerTitle: 'Tres Bones',
  })
  await expectConsistent(testApp.database, id)

  await rename(path, options[0], { title: 'Ramen', isConfirmed: 'on' })
  expect(textsOf(ann, '.former')).toEqual(['People voted for it as Tres Bones.'])
  await rename(path, options[0], { title: 'Tres Bones', isConfirmed: 'on' })
  expect([titles(), textsOf(ann, '.former')]).toEqual([['Tres Bones', 'Noodle Bar'], []])
  await expectConsistent(testApp.database, id)
})

test.each([
  ['noodle bar', 409, 'This option exists already: “Noodle Bar”.'],
  [' ', 422, 'An option is missing: give it 1 to 200 characters.'],
  ['x'.repeat(201), 422, 'An option is too long: it has 201 characters of at most 200.'],
])('the new name %j is refused, and comes back as typed', async (title, status, message) => {
  const { path, options } = await createPoll(ann)
  expect(await rename(path, options[0], { title })).toBe(status)
  expect(textOf(ann, '#title-error')).toBe(message)
  expect(page(ann).querySelector('#title')?.getAttribute('value')).toBe(title)
})

test('date fields are ignored if options are not dates', async () => {
  const { path, options } = await createPoll(ann)
  expect(await rename(path, options[0], { day: 'x' })).toBe(422)
  expect(await rename(path, options[0], { day: 'x', title: 'Sushi' })).toBe(303)
})

test('only the creator renames, and only in an open poll', async () => {
  const { path, options } = await createPoll(ann)
  expect(await rename(path, options[0], { title: 'Mine' }, bob)).toBe(403)
  expect((await ann.get(`${path}/options/zzzzzzzzzzzz`)).statusCode).toBe(404)
  await ann.get(path)
  await ann.post(`${path}/close`)
  expect(await rename(path, options[0], { title: 'Late' })).toBe(409)
  await ann.get(`${path}/edit`)
  expect(page(ann).querySelector('.rename-list')).toBeNull()
})

test('a date is renamed with date fields', async () => {
  const dates = {
    day: ['2026-12-24', '2026-12-26'],
    from: ['18:00', ''],
    to: ['20:00', ''],
    lastDay: ['', '2026-12-27'],
  }
  const { id, path, options } = await createPoll(ann, {
    method: 'dates',
    timeZone: 'Europe/Berlin',
    ...dates,
    options: [],
  })
  await ann.get(`${path}/options/${options[0]}`)
  const shown = page(ann)
    .querySelectorAll('.date-fields input')
    .map((input) => input.getAttribute('value'))
  expect(shown).toEqual(['2026-12-24', '18:00', '20:00', ''])
  await ann.get(`${path}/options/${options[1]}`)
  const days = page(ann)
    .querySelectorAll('.date-fields input')
    .map((input) => input.getAttribute('value'))
  expect(days).toEqual(['2026-12-26', '', '', '2026-12-27'])
  expect(await rename(path, options[0], { day: '2026-12-23', from: '', to: '', lastDay: '2026-12-20' })).toBe(422)
  expect(textOf(ann, '#title-error')).toBe('The last day is before the first day. Change one of them.')
  expect(await rename(path, options[0], { day: '2026-12-23', from: '18:00', to: '', lastDay: '' })).toBe(303)
  expect(titles()[0]).toBe('Wed, 23 Dec 2026, 18:00 CET')
  await expectConsistent(testApp.database, id)
})

test('a late submission still shows the typed name', async () => {
  const { path, options } = await createPoll(ann)
  await ann.post(`${path}/close`)
  expect(await rename(path, options[0], { title: 'Sushi' })).toBe(409)
  expect(textOf(ann, '#title-error')).toBe('This poll is closed and takes no more changes of options.')
  expect(page(ann).querySelector('#title')?.getAttribute('value')).toBe('Sushi')
})
