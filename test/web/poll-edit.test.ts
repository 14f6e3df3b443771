import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

type Fields = Record<string, string | string[]>

/** What the edit form sends when nothing is changed in it. */
async function openForm({ path }: PagePoll): Promise<Fields> {
  await ann.get(`${path}/edit`)
  return sentBy()
}

function sentBy(): Fields {
  const fields = page(ann).querySelectorAll('form.panel input, form.panel textarea')
  const isBox = (field: (typeof fields)[number]) => ['checkbox', 'radio'].includes(field.getAttribute('type') ?? '')
  const sent = fields.filter((field) => !isBox(field) || field.hasAttribute('checked'))
  const value = (field: (typeof sent)[number]) =>
    field.tagName === 'TEXTAREA' ? field.textContent : (field.getAttribute('value') ?? 'on')
  const byName = Map.groupBy(sent, (field) => field.getAttribute('name') ?? '')
  return Object.fromEntries(
    [...byName].map(([name, same]) => [name, same.length > 1 ? same.map(value) : same.map(value).join('')]),
  )
}

const save = (poll: PagePoll, fields: Fields) => ann.post(`${poll.path}/edit`, fields)
const stands = async ({ id }: PagePoll) => (await testApp.services.polls.view(id)).poll

const told = 'This poll was changed while you edited it.'

test('a form that was open meanwhile changes only the fields that the person changed', async () => {
  const poll = await createPoll(ann, { description: 'On Friday', category: 'Food' })
  const old = await openForm(poll)
  expect((await save(poll, { ...old, title: 'Where to eat on Friday?', category: 'Lunch' })).statusCode).toBe(303)
  const { optionsOpen: _, ...closed } = old
  expect((await save(poll, { ...closed, description: 'At noon' })).statusCode).toBe(303)
  expect(await stands(poll)).toMatchObject({
    title: 'Where to eat on Friday?',
    category: 'Lunch',
    description: 'At noon',
    optionsOpen: false,
  })
  await expectConsistent(testApp.database, poll.id)
})

test('a field that both changed shows both values, overwrites nothing, and saving again decides', async () => {
  const poll = await createPoll(ann, { description: 'On Friday' })
  const old = await openForm(poll)
  await save(poll, { ...old, title: 'Saved first?', description: 'On Monday', category: 'Lunch' })
  expect((await save(poll, { ...old, title: 'Typed second?', description: '' })).statusCode).toBe(409)
  expect(textOf(ann, '#conflict')).toContain(told)
  expect(page(ann).querySelector('#conflict')?.hasAttribute('autofocus')).toBe(true)
  expect(textsOf(ann, '.saved')).toEqual(['Saved meanwhile: Saved first?', 'Saved meanwhile: On Monday'])
  expect(sentBy()).toMatchObject({ title: 'Typed second?', description: '', category: 'Lunch' })
  expect(await stands(poll)).toMatchObject({ title: 'Saved first?', description: 'On Monday' })

  expect((await save(poll, sentBy())).statusCode).toBe(303)
  expect(await stands(poll)).toMatchObject({ title: 'Typed second?', description: '', category: 'Lunch' })
})

test('closing times conflict like texts', async () => {
  const poll = await createPoll(ann)
  const old = await openForm(poll)
  await save(poll, { ...old, closesAt: '2026-12-24T18:00', timeZone: 'UTC' })
  expect((await save(poll, { ...old, closesAt: '2026-12-31T12:00', timeZone: 'UTC' })).statusCode).toBe(409)
  expect(page(ann).querySelector('.saved time')?.getAttribute('datetime')).toBe('2026-12-24T18:00:00.000Z')
  expect(sentBy().closesAt).toBe('2026-12-31T12:00')
  expect((await save(poll, old)).statusCode).toBe(303)
  expect((await stands(poll)).closesAt).toEqual(new Date('2026-12-24T18:00:00.000Z'))
})

test('the same change by both is no conflict', async () => {
  const poll = await createPoll(ann)
  const old = await openForm(poll)
  for (const _window of [1, 2]) expect((await save(poll, { ...old, title: 'Same words?' })).statusCode).toBe(303)
  expect((await stands(poll)).revision).toBe(2)
})

test('a form with an error remembers the values that it showed', async () => {
  const poll = await createPoll(ann)
  const old = await openForm(poll)
  await save(poll, { ...old, title: 'Saved first?' })
  expect((await save(poll, { ...old, title: 'x' })).statusCode).toBe(422)
  expect((await save(poll, { ...sentBy(), title: 'Corrected?' })).statusCode).toBe(409)
  expect(textsOf(ann, '.saved')).toEqual(['Saved meanwhile: Saved first?'])
})

test('the rename form of an option renamed meanwhile shows both names', async () => {
  const poll = await createPoll(ann)
  const form = `${poll.path}/options/${poll.options[0]}`
  await ann.get(form)
  const old = sentBy()
  await ann.post(form, { ...old, title: 'Saved first' })
  expect((await ann.post(form, { ...old, title: 'Typed second' })).statusCode).toBe(409)
  expect(textOf(ann, '#title-error')).toContain('It was renamed meanwhile, and is “Saved first” now.')
  expect(sentBy().title).toBe('Typed second')
  expect((await ann.post(form, sentBy())).statusCode).toBe(303)
  expect((await stands(poll)).options[0]?.title).toBe('Typed second')
})

test('only the creator edits, whatever the form contains', async () => {
  const poll = await createPoll(ann)
  const { _csrf, ...fields } = await openForm(poll)
  const bob = await visitor(testApp, 'Bob')
  await bob.get(poll.path)
  expect((await bob.post(`${poll.path}/edit`, { ...fields, title: '' })).statusCode).toBe(403)
  expect(textOf(bob, 'main')).toContain('Only the creator of this poll can edit it.')
})

test('rules are changed until somebody votes', async () => {
  const poll = await createPoll(ann)
  const fields = await openForm(poll)
  const rules = { method: 'multiple_choice', maxChoices: '2', quorum: '2', votesFinal: 'on', electorate: '30' }
  expect((await save(poll, { ...fields, ...rules })).statusCode).toBe(303)
  expect(await stands(poll)).toMatchObject({
    method: 'multiple_choice',
    maxChoices: 2,
    quorum: 2,
    votesFinal: true,
    electorate: 30,
    capacity: null,
  })
  await ann.follow()
  expect(textOf(ann, '#event-list li')).toContain('let people choose several options, limited each person to 2 options')
  expect(await openForm(poll)).toMatchObject(rules)
})

test('rules that do not fit the new method are taken away', async () => {
  const poll = await createPoll(ann, { method: 'multiple_choice', maxChoices: '2', capacity: '5' })
  const fields = await openForm(poll)
  expect((await save(poll, { ...fields, method: 'ranked' })).statusCode).toBe(303)
  expect(await stands(poll)).toMatchObject({ method: 'ranked', maxChoices: null, capacity: null })
})

test('after the first vote the form says which rules stay, and why', async () => {
  const poll = await createPoll(ann, { quorum: '2' })
  const old = await openForm(poll)
  await ann.get(poll.path)
  await ann.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  await openForm(poll)
  expect(textsOf(ann, '.fixed-rule')).toEqual([
    'How people vote: One option People have voted in this way, so it stays.',
    'Votes are final: No People were told that they can change their votes, so votes cannot become final.',
    'Minimum number of voters: 2 People have voted, so it stays: otherwise you could decide whether their result counts.',
    'Anonymous: No Whether a poll is anonymous stays as it was promised. To change it, use this poll again.',
  ])
  expect((await save(poll, { ...old, quorum: '9', title: 'Where to have dinner?', isConfirmed: '' })).statusCode).toBe(
    409,
  )
  expect(textOf(ann, '#quorum-error')).toContain('People have voted, so it stays')
  expect(textsOf(ann, '.fixed-rule').find((rule) => rule.startsWith('Minimum'))).toContain('You entered: 9')
  expect(sentBy().title).toBe('Where to have dinner?')
  expect(await stands(poll)).toMatchObject({ quorum: 2, title: 'Where to eat lunch?' })
})

test('a form that does not show a rule does not change it', async () => {
  const poll = await createPoll(ann, { votesFinal: 'on', optionsModerated: 'on', quorum: '2' })
  const { title = '', description = '', _csrf = '', optionsOpen = '' } = await openForm(poll)
  const lean = { title, description, _csrf, optionsOpen, category: 'Food', timeZone: '', closesAt: '' }
  expect((await save(poll, lean)).statusCode).toBe(303)
  expect(await stands(poll)).toMatchObject({ category: 'Food', votesFinal: true, optionsModerated: true, quorum: 2 })
})

test.each([
  ['quorum', 'many', 'Enter how many people have to vote'],
  ['electorate', '0', 'Enter how many voters you expect'],
  ['capacity', '-1', 'Enter how many people can choose the same option'],
])('a wrong %s is refused at its field, and stays typed', async (name, typed, message) => {
  const poll = await createPoll(ann)
  expect((await save(poll, { ...(await openForm(poll)), [name]: typed })).statusCode).toBe(422)
  expect(textOf(ann, `#${name}-error`)).toContain(message)
  expect(sentBy()).toMatchObject({ [name]: typed })
})

test('rules that both changed show the saved value', async () => {
  const poll = await createPoll(ann)
  const old = await openForm(poll)
  await save(poll, { ...old, electorate: '20', votesFinal: 'on' })
  expect((await save(poll, { ...old, electorate: '30' })).statusCode).toBe(409)
  expect(textsOf(ann, '.saved')).toEqual(['Saved meanwhile: 20'])
  expect(sentBy()).toMatchObject({ electorate: '30', votesFinal: 'on' })
})
