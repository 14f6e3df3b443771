import { expectAccessible } from './support/accessible.ts'
import { field, giveName } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

async function create(page: Page, question: string) {
  await page.goto('/polls/new')
  await field(page, 'Question').fill(question)
  await field(page, 'Option 1').fill('Noodles')
  await field(page, 'Option 2').fill('Soup')
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

const top = async (page: Page, selector: string) => (await page.locator(selector).boundingBox())?.y ?? Number.NaN

test('the creator of a new poll is shown its link first, until somebody has voted', async ({ page, guest }) => {
  await page.addInitScript(() => {
    const shared: unknown[] = []
    Object.assign(window, { shared })
    Object.assign(navigator, { share: async (given: unknown) => void shared.push(given) })
  })
  await create(page, 'Where to go on Monday?')
  await giveName(page, 'Ada')

  await expect(page.getByRole('heading', { name: 'Your poll is ready' })).toBeFocused()
  await expect(page.getByRole('heading', { level: 1 })).toBeInViewport()
  const url = page.url().replace('#share', '')
  await expect(field(page, 'Link to this poll')).toHaveValue(url)
  expect(await top(page, '.share')).toBeLessThan(await top(page, '#vote'))
  await page.getByRole('button', { name: 'Share' }).click()
  expect(await page.evaluate('shared')).toEqual([{ title: 'Where to go on Monday?', url }])
  await expectAccessible(page)

  const bob = await guest('Bob')
  await bob.vote(await bob.poll(url.slice(-16)), 'Soup')
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Your poll is ready' })).toBeHidden()
  expect(await top(page, '.share')).toBeGreaterThan(await top(page, '#vote'))
})

test('where the browser shares nothing, a voter is offered only the link, below the options', async ({
  page,
  guest,
}) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Nobody has voted' })
  await page.goto(poll.url)
  await expect(field(page, 'Link to this poll')).toHaveValue(poll.url)
  await expect(page.getByRole('button', { name: 'Share' })).toHaveCount(0)
  expect(await top(page, '.share')).toBeGreaterThan(await top(page, '#vote'))
})
