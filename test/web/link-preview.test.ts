import { unfurl } from 'unfurl.js'
import { expect, test } from 'vitest'
import { type NewPoll, newGuest } from '../../e2e/support/person.ts'
import { fontsFor } from '../../src/web/preview/fonts.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'

const testApp = await closedAtEnd(openTestApp())
const url = await testApp.listen()
const ada = await newGuest(url, 'Ada')

async function seen({ id }: { id: string }) {
  const preview = await unfurl(`${url}/polls/${id}`)
  return { ...preview.open_graph, canonical: preview.canonical_url, picture: preview.open_graph?.images?.[0] }
}

/** Addresses name the public URL, where no test server listens. */
const fetched = (address = '', headers = {}) => fetch(url + new URL(address).pathname, { headers })

const newPoll = (given: Partial<NewPoll>) => ada.createPoll({ title: 'Where to "eat" <b>?', ...given })

test('a chat shows the question, the description in one line, and a picture', async () => {
  const poll = await newPoll({ description: `Noodles &\n\n<i>soup</i> ${'word '.repeat(60)}🇩🇪` })
  const { title, site_name, description, canonical, picture } = await seen(poll)
  expect({ title, site_name, canonical }).toEqual({
    title: 'Where to "eat" <b>?',
    site_name: 'Polldock',
    canonical: poll.url,
  })
  expect(description).toMatch(/^Noodles & <i>soup<\/i> word .* word…$/)
  expect(description?.length).toBeLessThanOrEqual(201)
  expect(picture).toMatchObject({ width: 1200, height: 630, type: 'image/png' })

  const answer = await fetched(picture?.url)
  expect(answer.headers.get('content-type')).toBe('image/png')
  const png = Buffer.from(await answer.arrayBuffer())
  expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', 1200, 630])
})

test('without a description, the options are shown', async () => {
  expect(await seen(await newPoll({ options: ['Noodles', 'Soup'] }))).toMatchObject({
    description: 'Options: Noodles, Soup',
  })
})

test('after a vote, the picture has another address, and the former one is not kept for long', async () => {
  const poll = await newPoll({})
  const { picture: before } = await seen(poll)
  await ada.vote(poll, 'Soup')
  const { picture: after } = await seen(poll)
  expect(after?.url).not.toBe(before?.url)
  const [old, current] = [await fetched(before?.url), await fetched(after?.url)]
  expect(await old.bytes()).toEqual(await current.bytes())
  expect([old, current].map(({ headers }) => headers.get('cache-control'))).toEqual([
    'public, max-age=60',
    'public, max-age=86400',
  ])
  const again = await fetched(after?.url, { 'if-none-match': current.headers.get('etag') })
  expect([again.status, again.headers.get('etag')]).toEqual([304, current.headers.get('etag')])
})

test.each([
  'Ünï Việt',
  'Борщ',
  'Ελλάδα',
  'أين نأكل؟',
  'שלום',
  'शुक्रवार',
  'ร้านอาหาร',
  '金曜日に',
  '星期五',
  '한국',
  '👩‍🚀 🇩🇪',
])('%s is drawn by a font for its script', async (title) => {
  const { files, drawable } = fontsFor(title)
  expect(files.map(({ family }) => family)).not.toContain('unifontex')
  expect(drawable(title)).toBe(title)
  const { picture } = await seen(await newPoll({ title: `${title} abc` }))
  expect((await fetched(picture?.url)).status).toBe(200)
})

test('other scripts are drawn as bitmaps, and what no font has is left out, so there are no boxes', () => {
  const text = 'ბარამოს 𒀀 🫩!'
  const { files, drawable } = fontsFor(text)
  expect(files.map(({ family }) => family)).toContain('unifontex')
  expect(drawable(text)).toBe('ბარამოს  !')
})

test('a preview stores nothing, and its picture sets no cookie', async () => {
  const poll = await newPoll({})
  const rows = () => testApp.database.prisma.$queryRaw`
    SELECT (SELECT count(*) FROM people)::int AS people, (SELECT count(*) FROM sessions)::int AS sessions,
      (SELECT max(revision) FROM polls WHERE id = ${poll.id}) AS revision`
  const before = await rows()
  const { picture } = await seen(poll)
  expect((await fetched(picture?.url)).headers.getSetCookie()).toEqual([])
  expect(await rows()).toEqual(before)
})

test('a deleted poll has no picture any more', async () => {
  const poll = await newPoll({})
  const { picture } = await seen(poll)
  await ada.delete(poll)
  expect((await fetched(picture?.url)).status).toBe(410)
})

test('too many pictures at a time are refused, and the others are drawn', async () => {
  const polls = await Promise.all(Array.from({ length: 40 }, (_, index) => newPoll({ title: `Burst ${index}` })))
  const answers = await Promise.all(polls.map(({ id }) => fetch(`${url}/polls/${id}/preview/1.png`)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]))
  expect((await fetch(`${url}/polls/${polls[39]?.id}/preview/1.png`)).status).toBe(200)
})
