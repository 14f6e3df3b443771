import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { newGuest, noPoll } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app)

test('the results are a CSV file for spreadsheets', async () => {
  const poll = await ada.newPoll({
    title: 'Où manger, "vite"?\u202e',
    options: ['Noodles', 'Soup, hot', 'A "good" one'],
  })
  await ada.vote(poll, 0)
  for (const place of [0, 1]) await (await newGuest(testApp.app)).vote(poll, place)
  const response = await ada.get(`/polls/${poll.id}/results.csv`)
  expect(response.statusCode).toBe(200)
  expect(response.headers['content-type']).toBe('text/csv; charset=utf-8; header=present')
  expect(response.headers['content-disposition']).toBe(
    `attachment; filename="ou-manger-vite-${poll.id}.csv"; filename*=UTF-8''O%C3%B9%20manger%2C%20vite.csv`,
  )
  expect(response.body).toBe(
    '\ufeffoption,votes,percent\r\nNoodles,2,66.7\r\n"Soup, hot",1,33.3\r\n"A ""good"" one",0,0.0\r\n',
  )
})

test('an option cannot reverse the direction of its line', async () => {
  const { id } = await ada.newPoll({ options: ['\u202eSoup\u2066', 'מרק'] })
  expect((await ada.get(`/polls/${id}/results.csv`)).body).toContain('\r\nSoup,0,0.0\r\nמרק,0,0.0\r\n')
})

test('without votes nothing is divided by zero', async () => {
  const { id } = await ada.newPoll()
  expect((await ada.get(`/polls/${id}/results.csv`)).body).toContain('Noodles,0,0.0')
})

test.each(['=1+2', '+1', '-1', '@SUM(A1)', '＝1', '=HYPERLINK("https://evil.example";"x")', '=cmd|"/c calc"!A1'])(
  'no spreadsheet reads an option as a formula: %s',
  async (title) => {
    const { id } = await ada.newPoll({ options: [title, 'Soup'] })
    const { body } = await ada.get(`/polls/${id}/results.csv`)
    const [, line] = body.split('\r\n')
    expect(line).toMatch(/^"?'/)
    expect(line?.replace(/^"/, '').replaceAll('""', '"')).toContain(`'${title}`)
  },
)

test('the results of a missing poll are not found', async () => {
  expectProblem(await ada.get(`/polls/${noPoll}/results.csv`), 'not_found')
})
