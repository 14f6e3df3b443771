import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { castBallot, createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { expectConsistent } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

const mine = () => textsOf(ann, '#results .option[data-mine] .option-title')
/** Sends the form with these options checked, by their places. */
async function save(path: string, ...places: number[]) {
  const boxes = page(ann).querySelectorAll('#results input[type=checkbox]:not([disabled])')
  const choice = boxes.flatMap((box, place) => (places.includes(place) ? [box.getAttribute('value') ?? ''] : []))
  const hidden = page(ann).querySelectorAll('#cast input[type=hidden]')
  const fields: Record<string, string | string[]> = { choice }
  for (const field of hidden) {
    const name = field.getAttribute('name') ?? ''
    fields[name] = [fields[name] ?? [], field.getAttribute('value') ?? ''].flat()
  }
  return castBallot(ann, path, fields)
}

const several = (fields: Record<string, string> = {}) =>
  createPoll(ann, { options: ['A', 'B', 'C'], method: 'multiple_choice', ...fields })

test('all options are saved at once, as one vote, and withdrawn', async () => {
  const { id, path } = await several()
  expect(textOf(ann, '#how-to-vote')).toContain('Choose as many options as you like')
  await save(path, 2, 0)
  expect(mine()).toEqual(['A', 'C'])
  expect(textsOf(ann, '#results .option-count')).toEqual(['100% 1 vote', '0% 0 votes', '100% 1 vote'])
  expect(textOf(ann, '#standing .total')).toBe('1 voter')
  await save(path, 0)
  expect(mine()).toEqual(['A'])
  await save(path)
  expect(mine()).toEqual([])
  expect(textsOf(ann, '#event-list p')).toEqual(['Ann voted and withdrew the vote', 'Ann created the poll'])
  await expectConsistent(testApp.database, id)
})

test('the same form sent twice sets the same choices', async () => {
  const { path, options } = await several()
  for (const _ of [1, 2]) await ann.post(`${path}/ballot`, { choice: options.slice(1) })
  await ann.get(path)
  expect(mine()).toEqual(['B', 'C'])
  expect(textsOf(ann, '#event-list p')).toHaveLength(2)
})

test('more choices than allowed are refused with advice, and stay on the form', async () => {
  const { path } = await several({ maxChoices: '2' })
  expect(textOf(ann, '#how-to-vote')).toContain('Choose up to 2 options')
  await save(path, 0, 1)
  expect(await save(path, 0, 1, 2)).toBe(422)
  expect(textOf(ann, '#vote [role=alert]')).toBe('Choose at most 2 options: withdraw one before you choose another.')
  expect(mine()).toEqual(['A', 'B'])
  expect(page(ann).querySelectorAll('#results input[checked]')).toHaveLength(3)
})

test('final choices stay, and others can be added', async () => {
  const { path, options } = await several({ votesFinal: 'on' })
  await save(path, 1)
  expect(textOf(ann, '#cast-vote')).toBe('Add to my vote')
  await ann.post(`${path}/ballot`, { choice: [...options] })
  expect(textOf(ann, '#final-vote-question')).toBe('Add A and C to your vote? You cannot change it afterwards.')
  expect(page(ann).querySelectorAll('#results input[disabled]')).toHaveLength(1)
  await save(path, 0)
  expect(mine()).toEqual(['A', 'B'])
})

test('a list has no buttons for several options: its card links to the poll', async () => {
  const { id, path } = await several()
  await save(path, 0)
  await ann.get('/')
  expect(page(ann).querySelectorAll(`#poll-${id} button`)).toEqual([])
  expect(textOf(ann, `#poll-${id} .card-link`)).toBe('Choose options')
})

test.each([
  ['0', 'Enter 2 or more. For 1, let people choose one option (single_choice).'],
  ['51', 'A poll holds at most 50 options.'],
  ['2.5', 'Enter how many options a voter may choose: a whole number from 2 to 50, or leave it empty.'],
  ['two', 'Enter how many options a voter may choose: a whole number from 2 to 50, or leave it empty.'],
])('the maximum number of choices cannot be %s', async (maxChoices, message) => {
  await ann.get('/polls/new')
  const typed = { title: 'Which?', options: ['A', 'B'], method: 'multiple_choice', maxChoices }
  expect((await ann.post('/polls', typed)).statusCode).toBe(422)
  expect(textOf(ann, '#max-choices-error')).toBe(message)
  expect(page(ann).querySelector('#maxChoices')?.getAttribute('value')).toBe(maxChoices)
  expect(page(ann).querySelector('[value=multiple_choice]')?.hasAttribute('checked')).toBe(true)
})

test('single choice ignores the maximum', async () => {
  await createPoll(ann, { method: 'single_choice', maxChoices: 'many' })
  expect(textOf(ann, '#how-to-vote')).toContain('Choose one option.')
})
