import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'
import { picks } from '../support/picks.ts'
import { createPeople } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann Lee')
const bob = await visitor(testApp, '<b>Bob</b>')

const voters = (browser: Browser) => textsOf(browser, '#results .voters')

async function vote(browser: Browser, path: string, fields: Record<string, string | string[]>): Promise<void> {
  await browser.get(path)
  await browser.post(`${path}/ballot`, fields)
  await browser.follow()
}

/** Votes for an option without a browser. */
async function castMany(pollId: string, option: string, count: number): Promise<void> {
  const { ballotBox } = testApp.services
  for (const by of await createPeople(testApp.database, count))
    await ballotBox.submit({ pollId, command: { type: 'castVote', choices: picks(option), by } })
}

test('each option lists who voted for it, in the order of the votes', async () => {
  const { path, options } = await createPoll(ann, { method: 'multiple_choice' })
  const [first = '', second = ''] = options
  await vote(ann, path, { choice: second })
  await vote(bob, path, { choice: first })
  await vote(ann, path, { choice: [first, second] })
  expect(voters(ann)).toEqual(['<b>Bob</b> Ann Lee', 'Ann Lee'])
  expect(page(ann).querySelector('.voters')?.getAttribute('aria-label')).toBe('Votes for Tres Bones')
  const initials = page(ann).querySelectorAll('.voters li')
  expect(initials.map((item) => item.getAttribute('data-initials'))).toEqual(['BB', 'AL', 'AL'])
  await vote(ann, path, { choice: second })
  expect(voters(ann)).toEqual(['<b>Bob</b>', 'Ann Lee'])
})

test('points stand with the names, and a ranking lists first choices', async () => {
  const scores = await createPoll(ann, { method: 'score' })
  await vote(ann, scores.path, { [`option.${scores.options[0]}`]: '4', [`option.${scores.options[1]}`]: '0' })
  expect(voters(ann)).toEqual(['Ann Lee 4'])
  const { path, options } = await createPoll(ann, { method: 'ranked' })
  const [by] = await testApp.database.prisma.person.findMany({ where: { name: 'Ann Lee' } })
  const command = {
    type: 'castVote',
    choices: picks(...new Set(options)).toReversed(),
    by: by as { id: string; name: string },
  } as const
  await testApp.services.ballotBox.submit({ pollId: path.slice(-16), command })
  await ann.get(path)
  expect(voters(ann)).toEqual(['Ann Lee'])
  expect(page(ann).querySelector('.voters')?.getAttribute('aria-label')).toBe('Votes for Noodle Bar')
})

test('a few voters are named, and a page lists all', async () => {
  const { id, path, options } = await createPoll(ann)
  await castMany(id, options[1] ?? '', 105)
  await ann.get(path)
  expect(page(ann).querySelectorAll('.voters li')).toHaveLength(13)
  expect(textOf(ann, '.voters')).toMatch(/^Person 1 .*Person 12 and 93 more$/)
  const names: string[] = []
  for (let next: string | undefined = `/polls/${id}/votes`; next; ) {
    await ann.get(next)
    names.push(...textsOf(ann, '.votes dt'))
    next = page(ann).querySelector('[rel=next]')?.getAttribute('href')
  }
  expect(names).toHaveLength(105)
  expect(new Set(names).size).toBe(105)
  expect(textOf(ann, '.votes dd')).toBe('Noodle Bar')
})

test('hidden and anonymous votes are not listed', async () => {
  const hidden = await createPoll(ann, { resultsVisible: 'after_voting' })
  await vote(bob, hidden.path, { choice: hidden.options[0] ?? '' })
  expect(voters(bob)).toEqual(['<b>Bob</b>'])
  await ann.get(hidden.path)
  expect(ann.page?.body).not.toContain('class="voters"')
  expect((await ann.get(`/polls/${hidden.id}/votes`)).statusCode).toBe(409)
  expect((await bob.get(`/polls/${hidden.id}/votes`)).statusCode).toBe(200)

  const anonymous = await createPoll(ann, { anonymous: 'on' })
  expect((await ann.get(`/polls/${anonymous.id}/votes`)).statusCode).toBe(404)
})
