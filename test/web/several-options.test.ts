import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

const options = (browser: Browser) => textsOf(browser, '#results .option .option-title')

/** The text field, which is one of several lines when there are several. */
const typed = (browser: Browser) => page(browser).querySelector('textarea#new-option')?.textContent.replace(/^\n/, '')

test('each line of a text becomes an option, in one step', async () => {
  const poll = await createPoll(ann)
  await bob.get(poll.path)
  const { statusCode } = await bob.post(`${poll.path}/options`, { title: 'Soup\r\n\r\n  Noodles \nSalad\u2028Bread\n' })
  expect(statusCode).toBe(303)
  await bob.follow()
  expect(options(bob)).toEqual(['Tres Bones', 'Noodle Bar', 'Soup', 'Noodles', 'Salad', 'Bread'])
  expect(textsOf(bob, '#event-list li').slice(0, 2)).toEqual([
    expect.stringContaining('Bob added the option Bread'),
    expect.stringContaining('Bob added the option Salad'),
  ])
})

test('refused lines are named, none is added, and the text stays', async () => {
  const poll = await createPoll(ann)
  const title = ['Soup', 'tres bones', 'x'.repeat(201), 'SOUP', 'Salad'].join('\r\n')
  expect((await ann.post(`${poll.path}/options`, { title })).statusCode).toBe(422)
  expect(options(ann)).toEqual(['Tres Bones', 'Noodle Bar'])
  expect(textsOf(ann, '#new-option-error li')).toEqual([
    'Line 3: An option is too long: it has 201 characters of at most 200.',
  ])
  const shorter = title.replace('x'.repeat(201), 'x')
  expect((await ann.post(`${poll.path}/options`, { title: shorter })).statusCode).toBe(409)
  expect(options(ann)).toEqual(['Tres Bones', 'Noodle Bar'])
  expect(textsOf(ann, '#new-option-error li')).toEqual([
    'Line 2: This option exists already: “Tres Bones”.',
    'Line 4: This is the same as “Soup” above.',
  ])
  expect(typed(ann)).toBe(shorter)
})

test('line numbers in errors count empty lines', async () => {
  const poll = await createPoll(ann)
  await ann.post(`${poll.path}/options`, { title: '\nSoup\n\nNoodle bar' })
  expect(textsOf(ann, '#new-option-error li')).toEqual(['Line 4: This option exists already: “Noodle Bar”.'])
})

test.each([60, 49])('%i lines are too many: none is added, and the text stays', async (count) => {
  const poll = await createPoll(ann)
  const title = Array.from({ length: count }, (_, index) => `Line ${index + 1}`).join('\n')
  expect((await ann.post(`${poll.path}/options`, { title })).statusCode).toBe(409)
  expect(textOf(ann, '#new-option-error')).toBe(
    `A poll holds at most 50 options: 48 more fit, and these are ${count}. None was added.`,
  )
  expect(options(ann)).toHaveLength(2)
  expect(typed(ann)).toBe(title)
})

test('with moderated options, each line becomes a proposal', async () => {
  const poll = await createPoll(ann, { optionsModerated: 'on' })
  await bob.get(poll.path)
  await bob.post(`${poll.path}/options`, { title: 'Soup\nRice' })
  await bob.follow()
  expect(options(bob)).toEqual(['Tres Bones', 'Noodle Bar'])
  expect(textsOf(bob, '.proposals .option-title')).toEqual(['Soup', 'Rice'])
  expect((await bob.post(`${poll.path}/options`, { title: 'Bread\nrice' })).statusCode).toBe(409)
  expect(textsOf(bob, '#new-option-error li')).toEqual(['Line 2: Somebody has proposed this already: “Rice”.'])
  expect(textsOf(bob, '.proposals .option-title')).toEqual(['Soup', 'Rice'])
})

test('with locked options, one error covers all lines, which stay readable', async () => {
  const poll = await createPoll(ann)
  await bob.get(poll.path)
  await ann.post(`${poll.path}/close`)
  expect((await bob.post(`${poll.path}/options`, { title: 'Soup\nRice' })).statusCode).toBe(409)
  expect(textsOf(bob, '#vote [role=alert]')).toEqual(['This poll is closed and takes no more options.'])
  expect(textOf(bob, '#typed-too-late .as-typed')).toBe('Soup Rice')
})

test('a newcomer who gives a name first adds all lines', async () => {
  const poll = await createPoll(ann)
  const newcomer = testApp.browser()
  await newcomer.get(poll.path)
  await newcomer.post(`${poll.path}/options`, { title: 'Soup\r\nRice' })
  const carried = page(newcomer).querySelector('input[name=title]')?.getAttribute('value') ?? ''
  const carriedOn = Object.fromEntries(
    page(newcomer)
      .querySelectorAll('form input[type=hidden]')
      .map((input) => [input.getAttribute('name'), input.getAttribute('value') ?? '']),
  )
  await newcomer.post(`${poll.path}/options`, { ...carriedOn, title: carried, displayName: 'Cem' })
  await newcomer.follow()
  expect(options(newcomer)).toEqual(['Tres Bones', 'Noodle Bar', 'Soup', 'Rice'])
})
