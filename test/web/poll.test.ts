import { expect, test } from 'vitest'
import { newGuest } from '../api/client.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')

test.each(['', 'wrong-slug-', 'where-to-eat-'])('a wrong slug (%s) redirects to the right one', async (slug) => {
  const poll = await createPoll(ann)
  const { statusCode, headers } = await bob.get(`/polls/${slug}${poll.id}`)
  expect([statusCode, headers.location]).toEqual([302, poll.path])
})

test.each(['.', ')', ',', '…', '?!', '”', '**', '>.', '\u200b', ' )'])(
  'an address that a chat took for longer than it is (%j) leads to the poll',
  async (rest) => {
    const poll = await createPoll(ann)
    const { statusCode, headers } = await bob.get(`${poll.path}${encodeURIComponent(rest)}`)
    expect([statusCode, headers.location]).toEqual([302, poll.path])
  },
)

test.each(['x', '-x', '2', 'ä', '.x'])('an address with extra letters (%j) is not found', async (rest) => {
  const poll = await createPoll(ann)
  expect((await bob.get(`${poll.path}${encodeURIComponent(rest)}`)).statusCode).toBe(404)
})

test('ids cannot be enumerated', async () => {
  const ids = await Promise.all([1, 2, 3].map(async () => (await createPoll(await visitor(testApp, 'C'))).id))
  expect(new Set(ids.map((id) => id.slice(0, 4))).size).toBe(3)
})

test('any typed text is shown as text', async () => {
  const nasty = `<script>alert(1)</script> "><img src=x onerror=alert(1)> מה? 🍜 \u202eright to left`
  const poll = await createPoll(ann, { title: nasty, description: nasty, options: [nasty, `${nasty}2`] })
  await ann.post(`${poll.path}/comments`, { body: `${nasty} https://example.org/?a=1&b="><script>` })
  await ann.follow()
  expect(page(ann).querySelectorAll('main script, main img[onerror]')).toHaveLength(0)
  expect(page(ann).querySelector('h1')?.textContent).toBe(nasty)
  expect(page(ann).querySelector('.option-title')?.textContent).toBe(nasty)
  expect(page(ann).querySelector('title')?.textContent).toBe(`\u2068${nasty.replace('\u202e', '')}\u2069 · Polldock`)
})

test('a name cannot reverse the direction of its sentence', async () => {
  const maya = await visitor(testApp, '\u202eמאיה')
  await createPoll(maya, { title: '\u202eeldnooN' })
  expect(textOf(maya, 'title')).toBe('eldnooN · Polldock')
  const poll = await createPoll(ann, { roll: 'Ann\nBob', checkedRoll: 'Ann\nBob' })
  await maya.get(poll.path)
  await maya.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  expect(textOf(maya, '#vote [role=alert]')).toContain('\u2068מאיה\u2069 is not on it')
})

test('links in a description can be clicked; nothing else can', async () => {
  const description =
    'See https://example.org/menu, www.example.com, javascript:alert(1), a@b.example and ftp://c.example'
  await createPoll(ann, { description })
  const links = page(ann).querySelectorAll('.description a')
  expect(links.map((link) => link.getAttribute('href'))).toEqual([
    'https://example.org/menu',
    'https://www.example.com',
  ])
  expect(links[0]?.getAttribute('rel')).toBe('nofollow noopener ugc')
})

test('a browser that has lost its cookies gets the page again, with a form that it can send', async () => {
  const poll = await createPoll(ann)
  const cem = testApp.browser()
  const { headers } = await cem.get(poll.path)
  cem.cookies.clear()
  const again = await cem.get(poll.path, { 'if-none-match': String(headers.etag) })
  expect([again.statusCode, cem.cookies.size]).toEqual([200, 1])
  const voted = await cem.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '', displayName: 'Cem' })
  expect(voted.statusCode).toBe(303)
})

test('the page answers 304 until it changes', async () => {
  const poll = await createPoll(ann)
  const { headers } = await bob.get(poll.path)
  const again = { 'if-none-match': String(headers.etag) }
  expect((await bob.get(poll.path, again)).statusCode).toBe(304)
  await ann.post(`${poll.path}/comments`, { body: 'News' })
  expect((await bob.get(poll.path, again)).statusCode).toBe(200)
})

test('pages are private to each viewer', async () => {
  const poll = await createPoll(ann)
  const { headers } = await ann.get(poll.path)
  expect([headers['cache-control'], headers.vary]).toEqual(['private, no-cache', 'Cookie'])
  expect((await bob.get(poll.path, { 'if-none-match': String(headers.etag) })).statusCode).toBe(200)
})

test('a new name appears everywhere at once', async () => {
  const carol = await visitor(testApp, 'Carol')
  const poll = await createPoll(carol)
  await bob.get(poll.path)
  await carol.get('/me')
  await carol.post('/me/name', { name: 'Caroline' })
  await bob.get(poll.path)
  expect(textOf(bob, '#head .eyebrow')).toContain('Asked by Caroline')
  expect(textOf(bob, '#event-list li')).toMatch(/^Caroline created the poll/)
})

test('anyone adds options, unless only the creator may', async () => {
  const open = await createPoll(ann)
  await bob.get(open.path)
  await bob.post(`${open.path}/options`, { title: '  Falafel ' })
  await bob.follow()
  expect(textsOf(bob, '.option-title')).toEqual(['Tres Bones', 'Noodle Bar', 'Falafel'])

  const kept = await createPoll(ann, { optionsOpen: 'off' })
  await bob.get(kept.path)
  const { statusCode } = await bob.post(`${kept.path}/options`, { title: 'Falafel' })
  expect(statusCode).toBe(403)
  expect(textOf(bob, '#vote [role=alert]')).toBe('Only its creator can add options to this poll.')
})

test('a duplicate option comes back with the error', async () => {
  const poll = await createPoll(ann)
  const { statusCode } = await ann.post(`${poll.path}/options`, { title: 'tres BONES' })
  expect(statusCode).toBe(409)
  expect(textOf(ann, '#new-option-error')).toBe('This option exists already: “Tres Bones”.')
  expect(page(ann).querySelector('#new-option')?.getAttribute('value')).toBe('tres BONES')
})

test('a too long comment comes back complete', async () => {
  const poll = await createPoll(ann)
  const body = 'word '.repeat(1_001)
  const { statusCode } = await ann.post(`${poll.path}/comments`, { body })
  expect(statusCode).toBe(422)
  expect(textOf(ann, '#new-comment-error')).toContain('too long')
  expect(page(ann).querySelector('#new-comment')?.textContent).toBe(body)
})

test('the log is shown newest first, page by page', async () => {
  const poll = await createPoll(ann)
  for (let n = 2; n <= 45; n++) await ann.post(`${poll.path}/comments`, { body: `Comment ${n}` })
  await ann.get(`${poll.path}/activity`)
  const shown = () =>
    page(ann)
      .querySelectorAll('.event')
      .map((event) => Number(event.id.slice('event-'.length)))
  const seen: number[] = []
  for (;;) {
    seen.push(...shown())
    const older = page(ann).querySelector('a[rel=next]')?.getAttribute('href')
    if (!older) break
    await ann.get(older)
  }
  expect(seen).toEqual(Array.from({ length: 45 }, (_, index) => 45 - index))
})

test('older comments are on the next page', async () => {
  const poll = await createPoll(ann)
  for (let n = 1; n <= 25; n++) await ann.post(`${poll.path}/comments`, { body: `Comment ${n}` })
  await ann.get(`${poll.path}/comments`)
  await ann.get(page(ann).querySelector('a[rel=next]')?.getAttribute('href') ?? '')
  expect(textsOf(ann, '.comment .body')).toEqual(['Comment 5', 'Comment 4', 'Comment 3', 'Comment 2', 'Comment 1'])
})

test('a page holds fewer long comments, and a cached one stays valid', async () => {
  const poll = await createPoll(ann)
  for (let n = 1; n <= 12; n++) await ann.post(`${poll.path}/comments`, { body: `${n} ${'😀'.repeat(4_900)}` })
  const seen: number[] = []
  for (let path: string | undefined = `${poll.path}/comments`; path; ) {
    const { headers, body } = await ann.get(path)
    expect(body.length).toBeLessThan(200_000)
    const { statusCode } = await ann.get(path, { 'if-none-match': String(headers.etag) })
    expect(statusCode).toBe(304)
    await ann.get(path)
    seen.push(...textsOf(ann, '.comment .body').map((text) => Number.parseInt(text, 10)))
    path = page(ann).querySelector('a[rel=next]')?.getAttribute('href')
  }
  expect(seen).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
})

test('a page holds fewer long log entries, and a cached one stays valid', async () => {
  const options = Array.from({ length: 50 }, (_, index) => `${index} ${'😀'.repeat(150)}`)
  const poll = await (await newGuest(testApp.app)).newPoll({ options, method: 'multiple_choice' })
  for (let count = 1; count <= 5; count++) {
    const choices = poll.options.slice(0, 45 + count).map(({ id }) => id)
    await (await newGuest(testApp.app)).send('PUT', `/polls/${poll.id}/ballot`, { choices })
  }
  const seen: number[] = []
  for (let path: string | undefined = `/polls/${poll.id}/activity`; path; ) {
    const { headers, body } = await ann.get(path)
    expect(body.length).toBeLessThan(500_000)
    const { statusCode } = await ann.get(path, { 'if-none-match': String(headers.etag) })
    expect(statusCode).toBe(304)
    await ann.get(path)
    const shown = page(ann).querySelectorAll('.event')
    seen.push(...shown.map(({ id }) => Number(id.slice('event-'.length))))
    path = page(ann).querySelector('a[rel=next]')?.getAttribute('href')
  }
  expect(seen).toEqual([6, 5, 4, 3, 2, 1])
})

test('one person’s changes within a short while are one entry of the activity, in the words of the chat', async () => {
  const ada = await newGuest(testApp.app)
  const poll = await ada.newPoll({ options: ['Olives', 'Corn', 'Basil'], method: 'multiple_choice' })
  for (const count of [1, 2, 3]) {
    const choices = poll.options.slice(0, count).map(({ id }) => id)
    await ada.send('PUT', `/polls/${poll.id}/ballot`, { choices })
  }
  for (const path of [new URL(poll.url).pathname, `/polls/${poll.id}/activity`]) {
    await ann.get(path)
    expect(textsOf(ann, '.event')).toEqual([
      expect.stringMatching(/voted for Olives, Corn and Basil .* The last of 3 changes$/),
      expect.stringContaining('created the poll'),
    ])
  }
  const { events } = (await ada.get(`/polls/${poll.id}/events`)).json<{ events: object[] }>()
  expect(events).toHaveLength(4)
})

test('the link is available as a QR code', async () => {
  const poll = await createPoll(ann)
  const { headers, body } = await bob.get(`/polls/${poll.id}/qr.svg`)
  expect(headers['content-type']).toContain('image/svg+xml')
  expect(body).toMatch(/^<svg /)
})
