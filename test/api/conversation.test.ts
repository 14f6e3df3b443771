import { expect, test } from 'vitest'
import { z } from 'zod'
import { commentSchema, pollSchema } from '../../src/api/representation.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const commentPage = z.strictObject({ comments: z.array(commentSchema), next: z.int().nullable() })

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app, 'Ada')
const bob = await newGuest(testApp.app, 'Bob')

test('anybody adds an option at the end', async () => {
  const { id } = await ada.newPoll()
  const response = await bob.send('POST', `/polls/${id}/options`, { title: ' Dumplings ' })
  expect(response.statusCode).toBe(201)
  const { options, revision } = pollSchema.parse(response.json())
  expect(revision).toBe(2)
  expect(options.map(({ title }) => title)).toEqual(['Noodles', 'Soup', 'Dumplings'])
})

test('only the creator adds options if others may not', async () => {
  const { id } = await ada.newPoll({ optionsOpen: false })
  expectProblem(await bob.send('POST', `/polls/${id}/options`, { title: 'Dumplings' }), 'options_locked')
  expect((await ada.send('POST', `/polls/${id}/options`, { title: 'Dumplings' })).statusCode).toBe(201)
})

test('a duplicate option, one too many, and one for a closed poll conflict', async () => {
  const options = Array.from({ length: 50 }, (_, index) => `Option ${index}`)
  const { id } = await ada.newPoll({ options })
  const existing = expectProblem(await ada.send('POST', `/polls/${id}/options`, { title: 'OPTION 7' }), 'option_exists')
  expect(existing).toMatchObject({ revision: 1, errors: [{ path: 'title' }] })
  expectProblem(await ada.send('POST', `/polls/${id}/options`, { title: 'One more' }), 'too_many_options')
  await ada.send('PUT', `/polls/${id}/closure`)
  expectProblem(await ada.send('POST', `/polls/${id}/options`, { title: 'One more' }), 'poll_closed')
})

test('a comment is added, also to a closed poll', async () => {
  const { id } = await ada.newPoll()
  await ada.send('PUT', `/polls/${id}/closure`)
  const response = await bob.send('POST', `/polls/${id}/comments`, { body: 'Too late!\r\n\r\n<b>Pity</b> ' })
  expect(response.statusCode).toBe(201)
  const comment = commentSchema.parse(response.json())
  expect(comment).toEqual({
    revision: 3,
    author: { id: bob.id, name: 'Bob', isGuest: true },
    at: testApp.clock.now().toISOString(),
    body: 'Too late!\n\n<b>Pity</b>',
    editedAt: null,
    from: null,
  })
  expect((await ada.get(`/polls/${id}/comments`)).json()).toEqual({ comments: [comment], next: null })
  expect((await ada.get(`/polls/${id}`)).json().comments).toBe(1)
})

test('the author edits a comment; the author and the creator delete one', async () => {
  const { id } = await ada.newPoll()
  await bob.send('POST', `/polls/${id}/comments`, { body: 'Soop' })
  await bob.send('POST', `/polls/${id}/comments`, { body: 'Mine' })
  expectProblem(await ada.send('PATCH', `/polls/${id}/comments/2`, { body: 'Noodles' }), 'forbidden')
  const edited = await bob.send('PATCH', `/polls/${id}/comments/2`, { body: 'Soup' })
  expect(commentSchema.parse(edited.json())).toMatchObject({ body: 'Soup', editedAt: expect.any(String) })
  expect((await ada.send('DELETE', `/polls/${id}/comments/2`)).json()).toMatchObject({ comments: 1, revision: 5 })
  expect((await bob.send('DELETE', `/polls/${id}/comments/3`)).json()).toMatchObject({ comments: 0 })
  expectProblem(await bob.send('DELETE', `/polls/${id}/comments/3`), 'not_found')
  expectProblem(await bob.send('PATCH', `/polls/${id}/comments/1`, { body: 'Soup' }), 'not_found')
  expect((await ada.get(`/polls/${id}/events`)).body).not.toContain('Soop')
})

test('a repeated request does not bring the text of a deleted comment back', async () => {
  const { id } = await ada.newPoll()
  const say = () =>
    bob.send('POST', `/polls/${id}/comments`, { body: 'My phone number' }, { 'idempotency-key': 'a-comment' })
  expect((await say()).json()).toMatchObject({ revision: 2, body: 'My phone number' })
  expect((await say()).json()).toMatchObject({ revision: 2, body: 'My phone number' })
  await ada.send('DELETE', `/polls/${id}/comments/2`)
  expectProblem(await say(), 'not_found')
  expect(JSON.stringify(await testApp.database.prisma.idempotencyKey.findMany())).not.toContain('phone')
})

test('comments are listed newest first, page by page', async () => {
  const { id } = await ada.newPoll()
  for (const body of ['1', '2', '3', '4', '5']) await bob.send('POST', `/polls/${id}/comments`, { body })
  const first = await ada.get(`/polls/${id}/comments?limit=3`)
  const { comments, next } = commentPage.parse(first.json())
  expect(comments.map(({ body }) => body)).toEqual(['5', '4', '3'])
  expect(first.headers.link).toBe(`<http://localhost:3300/api/polls/${id}/comments?limit=3&before=${next}>; rel="next"`)
  const second = await ada.get(`/polls/${id}/comments?limit=3&before=${next}`)
  expect(commentPage.parse(second.json())).toMatchObject({ comments: [{ body: '2' }, { body: '1' }], next: null })
  expect(second.headers.link).toBeUndefined()
})

test.each([{}, { body: '' }, { body: ' \n' }, { body: 'x'.repeat(5_001) }, { body: ['x'] }, { body: 'x', by: 'Bob' }])(
  'a bad comment is refused: %j',
  async (body) => {
    const { id } = await ada.newPoll()
    expectProblem(await bob.send('POST', `/polls/${id}/comments`, body), 'invalid_input')
  },
)

test.each(['before=-1', 'before=x', 'before=1e99', 'before=2147483648', 'before=1&before=2', 'after=1'])(
  'a bad query is refused: %s',
  async (query) => {
    const { id } = await ada.newPoll()
    expectProblem(await ada.get(`/polls/${id}/comments?${query}`), 'invalid_input')
  },
)

test('comments on a missing poll are not found', async () => {
  expectProblem(await ada.get(`/polls/${noPoll}/comments`), 'not_found')
  expectProblem(await ada.send('POST', `/polls/${noPoll}/comments`, { body: 'Hm.' }), 'not_found')
  expectProblem(await ada.send('POST', `/polls/${noPoll}/options`, { title: 'Hm.' }), 'not_found')
})
